"""python-tiktok speaks Login Kit v1, which TikTok has retired, and the Business API: what it is told here."""

import unittest

from pytiktok import KitApi, PyTiktokError

import tiktok


class PythonTiktok(unittest.TestCase):
    def setUp(self):
        tiktok.reset()

    def test_its_v1_paths_get_the_answer_of_tiktoks_gateway(self):
        api = KitApi(
            client_id=tiktok.CLIENT_KEY,
            client_secret=tiktok.CLIENT_SECRET,
            redirect_uri=tiktok.REDIRECT_URI,
            base_url=tiktok.EMULATOR,
        )
        with self.assertRaisesRegex(PyTiktokError, r"Unsupported path\(Janus\)"):
            api.generate_access_token("any-code")
        api.access_token = "act.of-nobody"
        with self.assertRaisesRegex(PyTiktokError, r"Unsupported path\(Janus\)"):
            api.get_user_info("any-open-id")


if __name__ == "__main__":
    unittest.main()
