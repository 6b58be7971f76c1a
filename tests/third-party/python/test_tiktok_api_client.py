"""Runs tiktok_api_client with its constant TikTok URLs, which it reaches through the gateway."""

import tempfile
import unittest

from tiktok_api_client import TikTok
from tiktok_api_client.utils import HTTPError

import tiktok

MIB = 1024 * 1024


class TiktokApiClient(unittest.TestCase):
    def setUp(self):
        # The client sends a base64url challenge, which TikTok accepts only for web redirects.
        tiktok.reset(strict_pkce=False)
        self.client = TikTok(tiktok.CLIENT_KEY, tiktok.CLIENT_SECRET, tiktok.REDIRECT_URI, state="state-of-the-host")

    def log_in(self):
        _, query = tiktok.consent(self.client.get_authorization_url())
        self.assertEqual(query["state"], "state-of-the-host")
        return self.client.exchange_code_for_token(query["code"])

    def test_login_refresh_and_creator_info_succeed(self):
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
        """Publishes a file. The client parses the last upload response as JSON and fails, because the response has no body."""
        with self.assertRaisesRegex(HTTPError, "Request failed: Expecting value"):
            self.publish(size)

    def assert_all_bytes_came(self, size):
        (post,) = tiktok.posts()
        self.assertEqual((post["bytes_received"], post["video_size"]), (size, size), post)

    def test_small_file_arrives_completely(self):
        self.log_in()
        self.publish_until_the_reply(2 * MIB)
        self.assert_all_bytes_came(2 * MIB)

    def test_large_file_arrives_in_six_chunks(self):
        self.log_in()
        self.publish_until_the_reply(61 * MIB)
        self.assert_all_bytes_came(61 * MIB)

    def test_unknown_token_raises_access_token_invalid(self):
        with self.assertRaisesRegex(Exception, "access_token_invalid"):
            self.client.get_creator_info("act.of-nobody")

    def test_base64url_challenge_leads_to_the_error_page(self):
        tiktok.reset()
        self.assertEqual(tiktok.refused_parameter(self.client.get_authorization_url()), "code_challenge")

    def test_photos_from_an_unverified_domain_are_rejected(self):
        self.log_in()
        with self.assertRaisesRegex(Exception, "url_ownership_unverified"):
            self.client.create_photo(
                "DIRECT_POST", "t", "SELF_ONLY", photo_images=[f"https://other.example/{n}.jpg" for n in "12"]
            )


if __name__ == "__main__":
    unittest.main()
