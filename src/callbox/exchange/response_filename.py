"""Choose a safe file name for the body of a response, from Content-Disposition or the URL.

A safe name has no folder and no control characters, does not begin with a dot or a dash, and is not the name of a
device. It is also not a name such as `Makefile` or `conftest.py`, because tools run such a file, or read it as
configuration, just because it exists.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from callbox.exchange.headers import Headers, header_text
from callbox.exchange.invisible_characters import CONTROLS, IGNORABLE
from callbox.exchange.url import Url

MAX_CHARACTERS = 120
_MAX_BYTES = 200
"""How many bytes a name may have in UTF-8. File systems allow 255, so a number and `.part` can be added."""
_EXTENDED = re.compile(r";\s*filename\*\s*=\s*([\w!#$%&+^`{}~.\-]+)'[^']*'([^;\s]+)", re.IGNORECASE)
_PLAIN = re.compile(r';\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))', re.IGNORECASE)
# Invisible characters make one name look like another; HFS+ even treats both as equal.
_CONTROLS = re.compile(f"[{CONTROLS}{IGNORABLE}]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|\Z)", re.IGNORECASE)
_EXTENSIONS = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/x-ndjson": ".ndjson",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/xml": ".xml",
}

UNTRUSTED_SUFFIX = ".download"
"""Added to a name that a tool would recognise. No tool recognises a file with this suffix."""

_LISTED_NAMES = frozenset(
    # environments of .http files
    "http-client.env.json http-client.private.env.json rest-client.env.json "
    # git: a folder with a HEAD file may be a repository, whose configuration runs programs
    "head "
    # make and similar tools
    "makefile gnumakefile bsdmakefile justfile rakefile gemfile guardfile vagrantfile dockerfile containerfile "
    "jenkinsfile procfile brewfile podfile cartfile fastfile appfile berksfile capfile thorfile puppetfile dangerfile "
    "earthfile tiltfile snakefile caddyfile pipfile pipfile.lock sconstruct sconscript wscript configure "
    "taskfile.yml taskfile.yaml cmakelists.txt cmakepresets.json cmakeuserpresets.json meson.build meson_options.txt "
    "build build.bazel workspace workspace.bazel module.bazel buck "
    # Python
    "setup.cfg pyproject.toml tox.ini pytest.ini pytest.toml uv.toml poetry.toml requirements.txt environment.yml "
    "mypy.ini ruff.toml pyvenv.cfg "
    # JavaScript
    "package.json package-lock.json npm-shrinkwrap.json yarn.lock pnpm-workspace.yaml pnpm-lock.yaml bower.json "
    "deno.json deno.jsonc bunfig.toml tsconfig.json jsconfig.json nx.json lerna.json turbo.json babel.config.json "
    "package.yaml package.json5 index.js server.js "
    # other build tools, which look for these names
    "binding.gyp pylintrc cdk.json taskfile.dist.yml taskfile.dist.yaml terragrunt.hcl build.ninja dune "
    "dub.json dub.sdl premake5.lua premake4.lua xmake.lua nextflow.config jamroot jamfile config.nims pkgindex.tcl "
    "main.go firebase.json wrangler.toml index.php "
    "pylintrc.toml pixi.toml pants.toml hatch.toml conanfile.txt vcpkg.json meson.options configure.ac "
    "docker-bake.hcl docker-bake.json terragrunt.stack.hcl pulumi.yaml pulumi.yml samconfig.toml helmfile.yaml "
    "kustomization.yaml buildspec.yml werf.yaml bb.edn shadow-cljs.edn build.boot shard.yml rush.json angular.json "
    "nodemon.json dprint.json webpack.mix.js phpunit.xml.dist phpstan.neon phpstan.neon.dist psalm.xml phpcs.xml "
    "robofile.php deploy.php mkdocs.yml book.toml _config.yml hie.yaml wrangler.json wrangler.jsonc tslint.json "
    # other languages
    "cargo.toml build.rs rust-toolchain rust-toolchain.toml go.mod go.work composer.json phpunit.xml artisan "
    "mix.exs rebar.config project.clj deps.edn stack.yaml cabal.project dune-project pom.xml build.xml gradlew mvnw "
    "gradle.properties build.gradle build.gradle.kts settings.gradle settings.gradle.kts build.sbt build.sc build.zig "
    "flake.nix default.nix shell.nix devenv.nix "
    # servers, deployment, CI
    "ansible.cfg chart.yaml skaffold.yaml serverless.yml serverless.yaml netlify.toml vercel.json fly.toml mise.toml "
    "cloudbuild.yaml azure-pipelines.yml bitbucket-pipelines.yml appveyor.yml web.config php.ini "
    # .NET, Swift, Ruby, Perl, Go
    "global.json nuget.config packages.config packages.lock.json package.resolved config.ru cpanfile makefile.pl "
    "build.pl build.cake magefile.go "
    # further builds, packages and starters of processes
    "latexmkrc pkgbuild apkbuild kbuild build.mill startup.m finish.m devbox.json process-compose.yml "
    "process-compose.yaml supervisord.conf goreleaser.yml goreleaser.yaml jreleaser.yml jreleaser.yaml "
    "ember-cli-build.js moon.yml buf.yaml buf.gen.yaml project.toml manifest.toml cross.toml hk.pkl "
    "_vimrc _gvimrc _exrc "
    # instructions that assistants in editors follow
    "copilot-instructions.md "
    # editors, desktops, logins
    "session.vim tags desktop.ini autorun.inf authorized_keys authorized_keys2 known_hosts".split()
)
_YAML = re.compile(r"(.+)\.ya?ml")
_TOOL_NAMES = _LISTED_NAMES.union(
    *({f"{found[1]}.yml", f"{found[1]}.yaml"} for found in map(_YAML.fullmatch, _LISTED_NAMES) if found)
)
"""The names of files that tools run or read. A tool that reads `x.yml` mostly reads `x.yaml`, too, so both spellings
are in it.
"""
_CODE = frozenset(
    "rb pl pm php lua hs lhs lean ex exs erl escript script jl nim zig rs go swift scala sc kts kt groovy gradle clj "
    "cljs bb ml scm rkt raku tcl r m ps1 psm1 bat cmd sh bash zsh fish js cjs mjs jsx ts cts mts tsx coffee".split()
)
"""Suffixes of files that an interpreter runs."""
_CODE_STEMS = frozenset(
    "gems setup lakefile init conf config rebar.config sys.config startup bootstrap prelude site rprofile dangerfile "
    "hooks plugins settings noxfile tasks fabfile".split()
) | {name.rpartition(".")[0] or name for name in _LISTED_NAMES}
"""The names, without suffix, of programs that build tools and interpreters look for."""
_TOOL_PATTERNS = re.compile(
    # a replay of a folder runs its .http files, `convert` merges with FILE.http.base, and a Python module hides another
    # module of the same name
    r".*\.(?:http|rest|pth)|.*\.http\.base|(?:.*\.(?:tf|tofu|auto\.tfvars)|terraform\.tfvars)(?:\.json)?"
    r"|.*\.(?:py[wcd]?|so)"
    r"|.*_test\.go|.*_spec\.rb|.*\.(?:test|spec|conf|config|workspace)\.(?:[cm]?[jt]sx?|coffee|json[c5]?)"
    r"|(?:mise|hk|pixi|uv)(?:\..*)?\.local\.(?:toml|pkl)|mise\..*\.toml|.*\.pkr\.(?:hcl|json)|cdk\.context\.json"
    r"|dune-workspace|cabal\.project\..*(?<!\.download)|.*\.config\.script|makefile\.(?:am|in)"
    r"|(?:samconfig|cloudbuild|buildspec)\.(?:json|ya?ml|toml)"
    rf"|(?:brunch|cake|grunt|gulp|jake)file(?:\..*)?(?<!{re.escape(UNTRUSTED_SUFFIX)})|.*\.env(?:\.json(?:\.user)?)?"
    # project files, which the tool of a language finds by their suffix, and files that the tool reads beside them
    r"|.*\.(?:\w*proj(?:\.user)?|slnx?|cabal|gemspec|podspec|rockspec|nimble|opam)|directory\..*\.(?:props|targets|rsp)"
    r"|.*\.sbt|gatsby-(?:node|config|browser|ssr)\.[cm]?[jt]sx?"
    r"|package(?:@swift-.*)?\.swift|(?:guard|rake|thor)file\.rb"
    r"|(?:docker-)?compose(?:\..*)?\.ya?ml|lefthook(?:-local)?\.(?:ya?ml|toml|jsonc?)"
    r"|(?:agents?|claude|gemini|skill)(?:\..*)?\.md|.*\.instructions\.md"
    # project files of an editor, and files that a desktop reads when it lists the folder
    r"|.*\.(?:code-workspace|sublime-project|sublime-workspace|desktop|lnk|scf|url|(?:library|search|searchconnector)-ms)",
    re.DOTALL,
)


class ChosenName(NamedTuple):
    """A file name to which it is safe to write."""

    name: str
    refused: str = ""
    """The name that the server proposed, if it was not used because a tool would run or read such a file; else
    empty.
    """


def choose_name(headers: Headers, url: Url) -> ChosenName:
    """Choose a safe name for a response: from Content-Disposition (RFC 6266), else from the requested URL, else
    `download`.
    """
    proposed = proposed_name(header_text(headers.get("Content-Disposition", "")))
    if not safe_name(proposed):
        proposed = unquote(url.path.rpartition("/")[2])
    name = safe_name(proposed) or "download"
    if "." not in name:
        name += _EXTENSIONS.get(headers.get("Content-Type", "").partition(";")[0].strip().lower(), "")
    if is_acted_on(name):
        return ChosenName(name + UNTRUSTED_SUFFIX, name)
    last = _visible(re.split(r"[/\\]", proposed)[-1])
    return ChosenName(name, last if last.startswith(".") and last.strip(". ") else "")


def is_acted_on(name: str) -> bool:
    """Whether a tool runs a file with this name, or reads it as configuration, just because it exists. Every hidden
    file counts, because most tools have their configuration in one. `name` has no folder. Letter case is ignored, as
    some file systems do.

    >>> is_acted_on("Makefile"), is_acted_on(".envrc"), is_acted_on("data.json")
    (True, True, False)
    """
    folded = _visible(name).rstrip(". ").casefold()
    stem, _, suffix = folded.rpartition(".")
    is_program = suffix in _CODE and stem in _CODE_STEMS
    is_listed = is_program or folded in _TOOL_NAMES
    return folded.startswith(".") or is_listed or _TOOL_PATTERNS.fullmatch(folded) is not None


def proposed_name(disposition: str) -> str:
    """The file name in a Content-Disposition, unchanged. `filename*` overrides `filename`.

    >>> proposed_name('attachment; filename="a.txt"; filename*=UTF-8\\'\\'%e2%82%ac.txt')
    '€.txt'
    """
    extended = _EXTENDED.search(disposition[:4000])
    if extended is not None:
        try:
            return unquote(extended[2], extended[1], "strict")
        except (LookupError, UnicodeError):
            pass
    plain = _PLAIN.search(disposition[:4000])
    if plain is None:
        return ""
    return plain[2] or re.sub(r"\\(.)", r"\1", plain[1] or "")


def safe_name(name: str) -> str:
    r"""Make a name safe: remove folders and characters that are dangerous in a file name. Empty if nothing is left.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\x\\.bashrc"), safe_name("-rf"), safe_name("nul.txt")
    ('passwd', 'bashrc', 'rf', '_nul.txt')
    """
    name = re.split(r"[/\\]", name)[-1]
    name = _FORBIDDEN.sub("_", _visible(name)).lstrip(".-~ ").rstrip(". ")
    if _DEVICES.match(name):
        name = f"_{name}"
    return _shortened(name)


def _visible(name: str) -> str:
    return _CONTROLS.sub("", name).strip()


def _shortened(name: str) -> str:
    """Cut a name to the limits on characters and bytes. Its extension stays."""
    if len(name) <= MAX_CHARACTERS and len(name.encode()) <= _MAX_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    tail = dot + extension
    stem = stem[: MAX_CHARACTERS - len(tail)]
    while len((stem + tail).encode()) > _MAX_BYTES:
        stem = stem[:-1]
    return stem + tail
