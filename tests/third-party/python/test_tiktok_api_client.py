"""tiktok_api_client: its addresses are constants of TikTok, reached through the gateway."""

import tempfile
import unittest

from tiktok_api_client import TikTok
from tiktok_api_client.utils import HTTPError

import tiktok

MIB = 1024 * 1024


class TiktokApiClient(unittest.TestCase):
    def setUp(self):
        # Its challenge is base64url, which TikTok has been seen to take on the web only.
        tiktok.reset(strict_pkce=False)
        self.client = TikTok(tiktok.CLIENT_KEY, tiktok.CLIENT_SECRET, tiktok.REDIRECT_URI, state="state-of-the-host")

    def log_in(self):
        _, query = tiktok.consent(self.client.get_authorization_url())
        self.assertEqual(query["state"], "state-of-the-host")
        return self.client.exchange_code_for_token(query["code"])

    def test_logs_in_refreshes_and_reads_the_creator(self):
        first = self.log_in()
        self.assertTrue(first["access_token"].startswith("act."))
        second = self.client.refresh_access_token()
        self.assertNotEqual(second["refresh_token"], first["refresh_token"])
        self.assertEqual(self.client.get_creator_info()["data"]["creator_username"], "ana.makes")

    def publish(self, size):
        with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
            file.write(b"\0\0\0\x18ftypisom".ljust(size, b"\0"))
            file.flush()
            return self.client.create_video(
                source="FILE_UPLOAD",
                upload_type="POST_VIDEO_FILE",
                title="From Python",
                privacy_level="SELF_ONLY",
                disable_stitch=True,
                video_path=file.name,
            )

    def publish_until_the_reply(self, size):
        """It reads the body of the last upload reply as JSON. None is documented, so it stops there, with all bytes sent."""
        with self.assertRaisesRegex(HTTPError, "Request failed: Expecting value"):
            self.publish(size)

    def assert_all_bytes_came(self, size):
        (post,) = tiktok.posts()
        self.assertEqual((post["bytes_received"], post["video_size"]), (size, size), post)

    def test_posts_a_small_file_whose_bytes_all_arrive(self):
        self.log_in()
        self.publish_until_the_reply(2 * MIB)
        self.assert_all_bytes_came(2 * MIB)

    def test_posts_a_file_in_six_chunks(self):
        self.log_in()
        self.publish_until_the_reply(61 * MIB)
        self.assert_all_bytes_came(61 * MIB)

    def test_is_told_in_tiktoks_words_when_its_token_is_dead(self):
        with self.assertRaisesRegex(Exception, "access_token_invalid"):
            self.client.get_creator_info("act.of-nobody")

    def test_is_shown_the_error_page_for_its_challenge_where_pkce_is_checked(self):
        tiktok.reset()
        self.assertEqual(tiktok.refused_parameter(self.client.get_authorization_url()), "code_challenge")

    def test_photos_of_a_site_that_is_not_verified_are_refused(self):
        self.log_in()
        with self.assertRaisesRegex(Exception, "url_ownership_unverified"):
            self.client.create_photo(
                "DIRECT_POST", "t", "SELF_ONLY", photo_images=[f"https://other.example/{n}.jpg" for n in "12"]
            )


if __name__ == "__main__":
    unittest.main()
