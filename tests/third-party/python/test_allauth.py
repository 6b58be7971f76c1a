"""Runs the TikTok provider of django-allauth in a Django site, through Django's own test client."""

import unittest

import django
from django.conf import settings
from django.urls import include, path

import tiktok

HOST = "app.example.test"
CALLBACK = f"https://{HOST}/accounts/tiktok/login/callback/"

settings.configure(
    SECRET_KEY="a-secret-of-this-test",
    ALLOWED_HOSTS=[HOST],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.tiktok",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    LOGIN_REDIRECT_URL="/in/",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    SOCIALACCOUNT_STORE_TOKENS=True,
    SOCIALACCOUNT_PROVIDERS={
        "tiktok": {"APP": {"client_id": tiktok.CLIENT_KEY, "secret": tiktok.CLIENT_SECRET, "key": ""}}
    },
)
django.setup()
urlpatterns = [path("accounts/", include("allauth.urls"))]

# These imports require that Django is set up.
from django.core.management import call_command
from django.test import Client


class DjangoAllauth(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        call_command("migrate", verbosity=0)

    def setUp(self):
        tiktok.reset()
        tiktok.control("redirect", {"client_key": tiktok.CLIENT_KEY, "url": CALLBACK})
        self.browser = Client(SERVER_NAME=HOST)

    def start(self):
        begun = self.browser.post("/accounts/tiktok/login/", secure=True)
        self.assertEqual(begun.status_code, 302, begun.content)
        return begun["location"]

    def test_login_stores_the_account_and_its_tokens(self):
        from allauth.socialaccount.models import SocialAccount, SocialToken

        location, _ = tiktok.consent(self.start())
        landed = self.browser.get(location, secure=True)
        self.assertEqual((landed.status_code, landed.headers.get("location")), (302, "/in/"), landed.content)
        account = SocialAccount.objects.get(provider="tiktok")
        self.assertEqual(account.extra_data["username"], "ana.makes")
        token = SocialToken.objects.get(account=account)
        self.assertTrue(token.token.startswith("act."))
        self.assertTrue(token.token_secret.startswith("rft."))
        self.assertEqual(tiktok.asked(), ["authorize 200", "authorize 302", "token 200", "user_info 200"])

    def test_denied_consent_redirects_to_the_cancelled_page(self):
        location, query = tiktok.consent(self.start(), decision="deny")
        self.assertEqual(query["error"], "access_denied")
        landed = self.browser.get(location, secure=True)
        self.assertEqual(landed.headers.get("location"), "/accounts/3rdparty/login/cancelled/")


if __name__ == "__main__":
    unittest.main()
