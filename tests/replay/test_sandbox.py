from __future__ import annotations

import pytest

from callbox.replay.run_options import Plan

SANDBOX = Plan(is_sandboxed=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("POST BASE/\n\n< ../out.txt", "is outside of the script's folder", id="file-above"),
        pytest.param("POST BASE/\n\n< /etc/hostname", "is outside of the script's folder", id="file-elsewhere"),
        pytest.param("POST BASE/\n\n< link", "is outside of the script's folder", id="link"),
        pytest.param("GET BASE/{{$env.HOME}}", "is not read in a sandbox", id="environment"),
        pytest.param("curl -E ../key.pem BASE/", "only the command line may set", id="curl-certificate"),
        pytest.param("curl --cacert /etc/hostname BASE/", "only the command line may set", id="curl-authority"),
        pytest.param("import ../lib.http\n\n### a\nGET BASE/", "is outside of the script's folder", id="import"),
    ],
)
def test_sandbox_keeps_a_script_in_its_folder(run, server, tmp_path, text, message) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    results = run(text, SANDBOX)

    assert message in str(results[0].error)
    assert server.requests == []


def test_certificates_of_its_environments_are_of_its_folder(run, server, tmp_path) -> None:
    (tmp_path / "http-client.env.json").write_text('{"dev": {"SSLConfiguration": {"clientCertificate": "../key.pem"}}}')
    results = run("GET BASE/", SANDBOX._replace(stages=("dev",)))

    assert "../key.pem is outside of the script's folder" in str(results[0].error)
    assert server.requests == []


def test_a_certificate_of_the_command_line_may_be_anywhere(run, server) -> None:
    run("GET BASE/", SANDBOX._replace(options={"cert": "../key.pem", "ca": "/etc/hostname"}))

    assert server.lines == ["GET /"]


def test_files_of_its_folder_are_sent(run, server, tmp_path) -> None:
    (tmp_path / "in.txt").write_text("hello")
    run("POST BASE/\n\n< in.txt", SANDBOX)

    assert server.bodies == [b"hello"]


def test_answer_is_not_written_outside(run, server, tmp_path) -> None:
    results = run("GET BASE/\n\n>>! ../stolen.txt", SANDBOX)

    assert "cannot write files in a sandbox" in str(results[0].error)
    assert not (tmp_path.parent / "stolen.txt").exists()
