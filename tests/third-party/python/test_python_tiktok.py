"""Checks the errors for python-tiktok, which uses Login Kit v1. TikTok has retired that version."""

import unittest

from pytiktok import KitApi, PyTiktokError

import tiktok


class PythonTiktok(unittest.TestCase):
    def setUp(self):
        tiktok.reset()

    def test_v1_paths_return_the_unsupported_path_error(self):
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
