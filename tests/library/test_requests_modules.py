"""`install_as_requests`: callbox under the name `requests`, each case in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import processes

IMPORTS = [
    "import requests.adapters, requests.api, requests.auth, requests.certs, requests.compat, requests.cookies",
    "import requests.exceptions, requests.hooks, requests.models, requests.sessions, requests.status_codes, requests.help",
    "import requests.structures, requests.utils, requests.packages, requests._internal_utils, requests.__version__",
    "from requests.adapters import MaxRetryError, ReadTimeoutError, TimeoutSauce, DEFAULT_POOLSIZE, _basic_auth_str",
    "from requests.cookies import MockRequest, MockResponse, RequestsCookieJar, extract_cookies_to_jar",
    "from requests.models import RequestEncodingMixin, RequestHooksMixin, complexjson, DecodeError, urlencode",
    "from requests.sessions import SessionRedirectMixin, merge_hooks, merge_setting, TooManyRedirects, timedelta",
    "from requests.utils import DEFAULT_CA_BUNDLE_PATH, dict_to_sequence, to_native_string, urlparse, FileModeWarning",
    "from requests.compat import chardet, cookielib, has_simplejson, json, urlencode",
    "from requests.exceptions import BaseHTTPError, RequestsDependencyWarning",
    "from requests.packages.urllib3.util.retry import Retry",
    "from requests.packages.urllib3.exceptions import InsecureRequestWarning",
    "import requests.packages.idna.core",
    "from requests import codes, Session, get, packages, RequestsDependencyWarning",
    "from requests.adapters import SOCKSProxyManager",
    "from requests.packages.chardet import detect",
]


@pytest.fixture
def run(tmp_path: Path):
    """Run Python code in a fork of a process that has loaded callbox; gives what it prints."""

    def go(code: str) -> str:
        (tmp_path / "case.py").write_text(code)
        return output_of(processes.run(module="case", cwd=tmp_path))

    return go


def run_fresh(code: str) -> str:
    """Run Python code in a new Python, which imports callbox and its libraries as the code does."""
    return output_of(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False))


def output_of(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


INSTALL = "import callbox; callbox.install_as_requests(); import requests\n"


def test_packages_import_what_they_take_from_requests():
    run_fresh(INSTALL + "\n".join(IMPORTS))


def test_the_module_says_whose_behaviour_it_has_and_the_classes_are_callboxs(run):
    told = run(INSTALL + "print(requests.__version__, hex(requests.__build__), requests.Session is callbox.Session)")

    assert told == "2.34.2 0x23402 True"


def test_packages_below_packages_are_the_libraries_themselves(run):
    told = run(
        INSTALL
        + "import requests.packages.urllib3.util.retry as a, urllib3.util.retry as b; print(a is b, b.__spec__.name)"
    )

    assert told == "True urllib3.util.retry"


def test_a_second_call_changes_nothing(run):
    assert run(INSTALL + "print(callbox.install_as_requests() is requests)") == "True"


@pytest.mark.parametrize("place", ["api.request", "sessions.Session.request", "get", "adapters.HTTPAdapter.send"])
def test_what_a_test_patches_is_patched_and_put_back(run, place):
    told = run(
        INSTALL
        + "from unittest import mock\n"
        + "before = requests.api.request, requests.get\n"
        + f"with mock.patch('requests.{place}', side_effect=ZeroDivisionError):\n"
        + "    try: requests.get('http://127.0.0.1:1/')\n"
        + "    except ZeroDivisionError: print('patched')\n"
        + "print(before == (requests.api.request, requests.get) == (callbox.api.request, callbox.get))"
    )

    assert told.split() == ["patched", "True"]


def test_requests_that_is_there_already_is_one_clear_error():
    told = run_fresh(
        "import requests, callbox\n"
        "try: callbox.install_as_requests()\n"
        "except callbox.CallboxError as error: print(error.message, '|', error.hint)"
    )

    assert told.startswith("Requests is imported already, so callbox cannot take its name |")
    assert "replace=True" in told


def test_requests_that_is_there_already_gives_way_when_told_to():
    told = run_fresh(
        "import requests as before, requests.adapters, callbox; callbox.install_as_requests(replace=True)\n"
        "import requests, requests.adapters\n"
        "print(before is requests, requests.adapters.HTTPAdapter is callbox.HTTPAdapter)"
    )

    assert told == "False True"


def test_a_name_whose_library_is_not_there_is_what_requests_makes_of_it():
    code = (
        "import sys; sys.modules['socks'] = None; import warnings; warnings.simplefilter('error'); import requests;"
        "from requests.adapters import SOCKSProxyManager\n"
        "try: SOCKSProxyManager('socks5://a')\n"
        "except requests.exceptions.InvalidSchema as error: print(error.message)"
    )

    assert run_fresh(INSTALL + code) == "Missing dependencies for SOCKS support."


def test_help_gives_the_keys_of_requests(run):
    told = run(INSTALL + "from requests.help import info; print(sorted(info()))")

    assert told == (
        "['callbox', 'chardet', 'charset_normalizer', 'cryptography', 'idna', 'implementation', 'platform', "
        "'pyOpenSSL', 'requests', 'system_ssl', 'urllib3', 'using_charset_normalizer', 'using_pyopenssl']"
    )


def test_help_reads_the_version_of_a_patched_package(run):
    told = run(
        INSTALL
        + "from unittest import mock; import requests.help as h\nwith mock.patch('requests.help.idna', new=None):"
        + " print(h.info()['idna'])"
    )

    assert told == "{'version': ''}"


def test_packages_chardet_is_charset_normalizer_where_chardet_is_missing(run):
    pytest.importorskip("charset_normalizer")
    told = run(INSTALL + "print(requests.packages.chardet.__name__)")

    assert told in ("chardet", "charset_normalizer")
