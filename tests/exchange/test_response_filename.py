"""Names that servers propose, made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rows import check_rows

from callbox.exchange.headers import Headers
from callbox.exchange.response_filename import MAX_CHARACTERS, choose_name, is_acted_on, proposed_name, safe_name
from callbox.exchange.url import parse


@check_rows(
    ("proposed", "safe"),
    [
        pytest.param("../../etc/passwd", "passwd", id="up the tree"),
        pytest.param("/etc/cron.d/x", "x", id="absolute"),
        pytest.param("..\\..\\boot.ini", "boot.ini", id="backslashes"),
        pytest.param("~/x", "x", id="home"),
        pytest.param("~ann", "ann", id="someone's home"),
        pytest.param(".bashrc", "bashrc", id="hidden"),
        pytest.param("...", "", id="only dots"),
        pytest.param("-rf", "rf", id="an option"),
        pytest.param("a\x1b]0;x\x07b\x00.txt", "a]0;xb.txt", id="escapes"),
        pytest.param("gpj.\u202etxt.exe", "gpj.txt.exe", id="turned around"),
        pytest.param("NUL", "_NUL", id="a device"),
        pytest.param("com1.txt", "_com1.txt", id="a device with an ending"),
        pytest.param('a<b>:"c|?*.txt', "a_b___c___.txt", id="characters that some systems forbid"),
        pytest.param("report.pdf ", "report.pdf", id="a blank at the end"),
        pytest.param("naïve café.txt", "naïve café.txt", id="letters of all kinds"),
    ],
)
def test_a_proposed_name_is_made_safe(proposed: str, safe: str) -> None:
    assert safe_name(proposed) == safe


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_name("x" * 500 + ".tar.gz")

    assert len(name) == MAX_CHARACTERS
    assert name.endswith("x.gz")


@given(st.text())
def test_any_name_stays_in_its_folder(text: str) -> None:
    name = safe_name(text)

    assert not set(name) & set('/\\\x00<>:"|?*')
    assert not name.startswith((".", "-", "~"))
    assert len(name.encode()) <= 200


@check_rows(
    ("disposition", "name"),
    [
        pytest.param("attachment; filename=a.txt", "a.txt", id="a token"),
        pytest.param('attachment; filename="a b.txt"', "a b.txt", id="quoted"),
        pytest.param(r'attachment; filename="a\"b.txt"', 'a"b.txt', id="escaped"),
        pytest.param("attachment; filename=\"x\"; filename*=UTF-8''%e2%82%ac.txt", "€.txt", id="extended wins"),
        pytest.param("attachment; filename=\"x\"; filename*=nope''%ff", "x", id="an unknown charset"),
        pytest.param("inline", "", id="none"),
    ],
)
def test_the_proposed_name_is_read(disposition: str, name: str) -> None:
    assert proposed_name(disposition) == name


@check_rows(
    ("headers", "url", "name"),
    [
        pytest.param({"Content-Disposition": "attachment; filename=a.txt"}, "http://a/b", "a.txt", id="said"),
        pytest.param({"Content-Disposition": "attachment; filename=.."}, "http://a/b.bin", "b.bin", id="said badly"),
        pytest.param({"Content-Type": "application/json"}, "http://a/users", "users.json", id="by its type"),
        pytest.param({}, "http://a/", "download", id="nothing to go by"),
        pytest.param({}, "http://a/x%2f..%2fy.txt", "y.txt", id="coded slashes"),
    ],
)
def test_a_name_is_chosen(headers: dict[str, str], url: str, name: str) -> None:
    assert choose_name(Headers(headers.items()), parse(url)) == (name, "")


@check_rows(
    ("headers", "url", "name", "refused"),
    [
        pytest.param(
            {"Content-Disposition": "attachment; filename=http-client.env.json"},
            "http://a/b",
            "http-client.env.json.download",
            "http-client.env.json",
            id="environments of scripts",
        ),
        pytest.param({}, "http://a/raw/Makefile", "Makefile.download", "Makefile", id="of the URL"),
        pytest.param({}, "http://a/CONFTEST.py", "CONFTEST.py.download", "CONFTEST.py", id="in capitals"),
        pytest.param({}, "http://a/.envrc", "envrc", ".envrc", id="hidden"),
        pytest.param({}, "http://a/%2emakefile", "makefile.download", "makefile", id="without its dot"),
        pytest.param(
            {"Content-Type": "application/json"}, "http://a/package", "package.json.download", "package.json",
            id="with the ending of its media type",
        ),
        pytest.param({}, "http://a/Make%E2%80%8Dfile", "Makefile.download", "Makefile", id="invisible characters"),
        pytest.param({}, "http://a/Makefile.%20", "Makefile.download", "Makefile", id="a dot at the end"),
    ],
)  # fmt: skip
def test_a_name_that_tools_act_on_is_not_taken(headers: dict[str, str], url: str, name: str, refused: str) -> None:
    assert choose_name(Headers(headers.items()), parse(url)) == (name, refused)


@check_rows(
    "name",
    "http-client.env.json http-client.env.json.user x.http.base http-client.private.env.json .env .git .bashrc conftest.py json.py requests.pyc evil.pth "
    "sitecustomize.py binding.gyp pylintrc cdk.json Taskfile.dist.yml package.yaml package.json5 terragrunt.hcl build.ninja dune "
    "pylintrc.toml pixi.toml conanfile.txt vcpkg.json docker-bake.hcl Pulumi.yaml helmfile.yaml bb.edn nodemon.json "
    "phpstan.neon.dist deploy.php mkdocs.yml _config.yml hie.yaml kustomization.yaml buildspec.yml angular.json "
    "test_x.py Makefile GNUmakefile setup.py setup.cfg pyproject.toml tox.ini package.json .npmrc "
    "Cargo.toml build.rs login.http login.rest vite.config.mts a.test.js main.tf prod.auto.tfvars Dockerfile "
    "compose.yaml docker-compose.yml CMakeLists.txt build.gradle pom.xml .envrc Justfile prod.env authorized_keys "
    "compose.override.yml docker-compose.override.yaml compose.prod.yml lefthook.yml lefthook-local.toml "
    "Directory.Build.props Directory.Build.targets Directory.Packages.props nuget.config global.json a.csproj b.fsproj "
    "c.vcxproj.user d.sln Package.swift Package@swift-5.9.swift config.ru x.gemspec x.podspec cpanfile Makefile.PL Build.PL "
    "latexmkrc PKGBUILD any.sbt _vimrc gatsby-node.js process-compose.yaml Project.toml "
    "gulpfile.js gulpfile.babel.ts gulpfile gruntfile.coffee Jakefile.js karma.conf.js wdio.conf.ts magefile.go Rakefile.rb "
    "CLAUDE.md AGENTS.md CLAUDE.local.md a.instructions.md x.code-workspace x.desktop x.lnk main.tf.json "
    "gunicorn.conf.py x-gdb.py 2.py get-pip.py a.b.pyc gems.rb rebar.config.script lakefile.lean Setup.hs Setup.lhs "
    "jest.config.json mise.local.toml mise.prod.toml kustomization.yml buildspec.yaml azure-pipelines.yaml "
    "samconfig.yaml cloudbuild.json cdk.context.json x.pkr.hcl dune-workspace cabal.project.local Makefile.am "
    "init.gradle init.lua Rakefile.rb Dangerfile.ts".split(),
)
def test_tools_act_on(name: str) -> None:
    assert is_acted_on(name)
    assert is_acted_on(name.upper())
    assert not is_acted_on(name.lstrip(".") + ".download")


@check_rows(
    "name",
    "data.json report.pdf users.csv a.txt index.html photo.jpg x.tar.gz env README.md "
    "setup.json gems.csv init.txt lean.md build.json project.json swift.zip compose.json directory.csv agents.csv gulp.txt profile.txt conf.json config.yml".split(),
)
def test_tools_leave_alone(name: str) -> None:
    assert not is_acted_on(name)


@check_rows("charset", ["undefined", "no-such", "rot13", "base64", "idna", "punycode"])
def test_a_name_in_a_charset_that_cannot_be_read_is_passed_over(charset: str) -> None:
    assert proposed_name(f"attachment; filename*={charset}''%ff%41; filename=plain.txt") in ("plain.txt", "A")


@pytest.mark.parametrize("raw", [b'attachment; filename="\xc3\xa9.txt"', b'attachment; filename="\xe9.txt"'])
def test_a_name_of_raw_bytes_is_utf8_where_it_is_that(raw: bytes) -> None:
    headers = Headers([("Content-Disposition", raw.decode("latin-1"))])

    assert choose_name(headers, parse("http://a/")).name == "é.txt"
