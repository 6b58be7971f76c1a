"""What a client does not do itself: the person at the browser, and the settings of the emulator."""

import os
import re
import urllib.parse

import requests

EMULATOR = os.environ["TOKLINK_EMULATOR_URL"]
CLIENT_KEY = "awtoklinkemu0001"
CLIENT_SECRET = "toklinkemulatorclientsecret00001"
# Registered by the seed.
REDIRECT_URI = "https://spike.land/api/social/tiktok/callback"


def control(name, body):
    response = requests.post(f"{EMULATOR}/_emulator/{name}", json=body, timeout=10)
    response.raise_for_status()
    return response.json()


def reset(**settings):
    """A world as after the start, with some settings changed."""
    control("reset", {})
    control("settings", settings)


def posts():
    return requests.get(f"{EMULATOR}/_emulator/state", timeout=10).json()["posts"]


def asked():
    """What the emulator was asked since the reset: endpoint and status of each request."""
    record = requests.get(f"{EMULATOR}/_emulator/requests", timeout=10).json()["requests"]
    return [f"{one['endpoint']} {one['status']}" for one in record if one["endpoint"] is not None]


def refused_parameter(authorize_url):
    """The parameter that the error page names, or None if the page is a consent form."""
    found = re.search(r'id="bad-parameter"><code>([^<]*)', requests.get(authorize_url, timeout=10).text)
    return found and found[1]


def consent(authorize_url, username="ana.makes", decision="allow"):
    """Opens the authorize page as a person would and answers the address and the query the browser is sent back with."""
    page = requests.get(authorize_url, timeout=10)
    assert page.status_code == 200, page.text
    scopes = re.findall(r'name="scope" value="([^"]+)"', page.text)
    form = [("username", username), *(("scope", scope) for scope in scopes), ("decision", decision)]
    answer = requests.post(authorize_url, data=form, allow_redirects=False, timeout=10)
    location = answer.headers["location"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
    return location, {name: values[0] for name, values in query.items()}
