"""What a browser says of its subscription is taken only when it is one, at a push service that is known."""

from __future__ import annotations

import json

import pytest

from portal.domain.web_push import (
    USUAL_SERVICES,
    BadSubscription,
    UnknownService,
    is_service,
    name_thread,
    read_subscription,
)
from tests.push_browser import AUTH, PushBrowser, encode


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/dK7:APA91b-_x",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA==",
        "https://wns2-by3p.notify.windows.com/w/?token=BQYAAAD%2bx",
        "https://web.push.apple.com/QOxyz",
    ],
)
def test_the_browsers_of_the_usual_services_are_taken_and_written_the_same_again(endpoint: str) -> None:
    browser = PushBrowser(endpoint)
    found = read_subscription(browser.say(), services=USUAL_SERVICES)
    assert (found.endpoint, found.key, found.auth) == (endpoint, browser.key, AUTH)
    assert read_subscription(found.as_text(), services=USUAL_SERVICES) == found
    assert found.origin == "/".join(endpoint.split("/")[:3])
    assert endpoint not in repr(found)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.attacker.example/x",
        "https://attacker.example/fcm.googleapis.com",
        "https://attacker.example#fcm.googleapis.com/",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:443/x",
        "https://fcm.googleapis.com:/x",
        "https://fcm.googleapis.com:x/x",
        "https://user@fcm.googleapis.com/x",
        "https://user:secret@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@10.0.0.5/x",
        "https://127.0.0.1/x",
        "https://10.0.0.5/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://localhost/x",
        "https://2130706433/x",
        "https://notify.windows.com/x",
        "https://.notify.windows.com/x",
        "https://a..notify.windows.com/x",
        "https://evilnotify.windows.com/x",
        "https://10.0.0.5/.notify.windows.com",
        "https://10.0.0.5\\.notify.windows.com/x",
        "https://10.0.0.5%2f.notify.windows.com/x",
        "https://FCM.googleapis.com/x",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com/x#part",
        "https://fcm.googleapis.com/x\r\nHost: attacker.example",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/ñ",
        "https://fcm.googleapis.com?x",
        "https://fcm.googleapis.com",
        "https:fcm.googleapis.com/x",
        "https:/fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "file:///etc/passwd",
        "",
        " https://fcm.googleapis.com/x",
        "https://[fcm.googleapis.com/x",
    ],
)
def test_an_endpoint_elsewhere_or_not_plainly_there_is_refused(endpoint: str) -> None:
    with pytest.raises(UnknownService):
        read_subscription(PushBrowser(endpoint).say(), services=USUAL_SERVICES)


OFF_THE_CURVE = b"\x04" + bytes(63) + b"\x01"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "null",
        "[]",
        '"x"',
        "{",
        "[" * 4000,
        "{}",
        PushBrowser().say(endpoint=None),
        PushBrowser().say(endpoint=["https://fcm.googleapis.com/x"]),
        PushBrowser("https://fcm.googleapis.com/" + "x" * 1024).say(),
        json.dumps({"endpoint": "https://fcm.googleapis.com/x"}),
        json.dumps({"endpoint": "https://fcm.googleapis.com/x", "keys": "x"}),
        PushBrowser().say(keys={"p256dh": None}),
        PushBrowser().say(keys={"p256dh": "ñ"}),
        PushBrowser().say(keys={"p256dh": "AAAAA"}),
        PushBrowser().say(keys={"p256dh": encode(PushBrowser().key[:-1])}),
        PushBrowser().say(keys={"p256dh": encode(b"\x03" + PushBrowser().key[1:])}),
        PushBrowser().say(keys={"p256dh": encode(OFF_THE_CURVE)}),
        PushBrowser().say(keys={"p256dh": encode(b"\x04" + b"\xff" * 64)}),
        PushBrowser().say(keys={"auth": encode(AUTH + b"x")}),
        PushBrowser().say(keys={"auth": ""}),
        PushBrowser().say(more="x" * 4096),
    ],
)
def test_what_is_no_subscription_is_refused(said: str) -> None:
    with pytest.raises(BadSubscription):
        read_subscription(said, services=USUAL_SERVICES)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("fcm.googleapis.com", True),
        ("*.notify.windows.com", True),
        ("push.example.co:8443", True),
        ("*.com", False),
        ("*", False),
        ("a*.example.co", False),
        ("https://push.example.co", False),
        ("push.example.co/x", False),
        ("Push.example.co", False),
        ("push.example.co\n", False),
        ("", False),
    ],
)
def test_a_setting_names_hosts_and_what_lies_below_a_domain(name: str, *, is_one: bool) -> None:
    assert is_service(name) is is_one


def test_a_thread_is_the_same_for_the_same_matter_and_tells_nothing() -> None:
    thread = name_thread("cut", "apiay", "2026-11-24")
    assert thread == name_thread("cut", "apiay", "2026-11-24")
    assert thread != name_thread("cut", "apiay", "2026-11-25")
    assert len(thread) == 32
    assert "apiay" not in thread
