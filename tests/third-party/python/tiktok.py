"""Simulates the user at the browser and configures the emulator."""

import os
import re
import urllib.parse

import requests

EMULATOR = os.environ["TOKLINK_EMULATOR_URL"]
CLIENT_KEY = "awtoklinkemu0001"
CLIENT_SECRET = "toklinkemulatorclientsecret00001"
# A redirect URI that the emulator's seed registers.
REDIRECT_URI = "https://spike.land/api/social/tiktok/callback"


def control(name, body):
    response = requests.post(f"{EMULATOR}/_emulator/{name}", json=body, timeout=10)
    response.raise_for_status()
    return response.json()


def reset(**settings):
    """Resets the emulator to its initial state, then changes some settings."""
    control("reset", {})
    control("settings", settings)


def posts():
    return requests.get(f"{EMULATOR}/_emulator/state", timeout=10).json()["posts"]


def asked():
    """Returns the endpoint and the status of each request to the emulator since the reset."""
    record = requests.get(f"{EMULATOR}/_emulator/requests", timeout=10).json()["requests"]
    return [f"{one['endpoint']} {one['status']}" for one in record if one["endpoint"] is not None]


def refused_parameter(authorize_url):
    """Returns the parameter that the error page names, or None if the page is a consent form."""
    found = re.search(r'id="bad-parameter"><code>([^<]*)', requests.get(authorize_url, timeout=10).text)
    return found and found[1]


def consent(authorize_url, username="ana.makes", decision="allow"):
    """Opens the login page as a user does, grants or denies access, and returns the URL and the query of the redirect."""
    page = requests.get(authorize_url, timeout=10)
    assert page.status_code == 200, page.text
    scopes = re.findall(r'name="scope" value="([^"]+)"', page.text)
    form = [("username", username), *(("scope", scope) for scope in scopes), ("decision", decision)]
    answer = requests.post(authorize_url, data=form, allow_redirects=False, timeout=10)
    location = answer.headers["location"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
    return location, {name: values[0] for name, values in query.items()}
