"""Completion scripts for bash, zsh and fish, and the lists of names that these scripts ask for.

`callbox --completion bash|zsh|fish` prints a script that completes callbox's command line. The scripts and the manual
page read the options of each program from its own parser.

`callbox --names environments|sessions` prints such a list, one name on each line.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from callbox.cli import argparse_parser, check_command, convert_command, practice_command
from callbox.cli.fast_argument_parser import COMMAND_LINE_REQUESTS
from callbox.cli.replay import option_parser
from callbox.cli.session_startup import open_store
from callbox.cli.standard_streams import write_stdout
from callbox.engine.options import OPTIONS
from callbox.errors import UsageError
from callbox.httpfile.script_suffixes import SUFFIXES
from callbox.replay.environment_file_search import list_environments_here
from callbox.shell.line.argument_types import BODY_FORMS, CHARSETS, SCHEMES
from callbox.shell.registry import BY_WORDS, REQUEST_FLAGS
from callbox.spelling import hint

_SAFE_NAME = re.compile(r"\w[\w.-]*")
"""A name that every shell reads as one word. Other names are not offered, because an unknown author may have chosen
them.
"""


def run_names(words: Sequence[str]) -> int:
    """Run `callbox --names KIND`: print the names of this kind that a shell reads as one word. Returns the exit
    code.
    """
    sort = words[0] if words else ""
    if sort not in NAMES:
        near = hint(sort, NAMES, f"callbox --names {' or '.join(NAMES)}")
        raise UsageError(f"--names does not know '{sort}'" if sort else "--names needs a word after it", hint=near)
    names = list_environments_here() if sort == "environments" else open_store("sessions").names()
    write_stdout("".join(f"{name}\n" for name in names if _SAFE_NAME.fullmatch(name)))
    return 0


SHELLS = ("bash", "zsh", "fish")
NAMES = ("environments", "sessions")
"""The kinds of names that `callbox --names` lists."""
REQUEST = "request"
"""What the scripts call a request on the command line (`callbox get URL`), which has flags of its own."""
METHODS = {word: BY_WORDS[(word,)].summary for word in COMMAND_LINE_REQUESTS}
"""The words that begin a request on the command line, with the summary of each."""
WITH_SHELL = "practice --shell"
"""What the scripts call `callbox practice --shell`, which has the options of both programs."""
GLOBAL_OPTIONS = (
    ("--version", "versions of callbox and of its libraries", ()),
    ("--help", "show the options of callbox", ()),
    ("--completion", "print the completion script for a shell", SHELLS),
    ("--man", "print the manual page", ()),
    ("--names", "print names for completion", NAMES),
)
"""The options that must be the first word of the command line, each with its description."""
_LISTED_VALUES = {"-e": "environments", "--env": "environments", "--session": "sessions"}
_FILES = frozenset(("FILE", "PATH", "DIR", "FOLDER", "CERT"))


class OptionSpec(NamedTuple):
    """An option of a program, with what a completion script needs to know about it."""

    forms: tuple[str, ...]
    """The spellings of the option: `--timeout`, `-v`."""
    help: str
    value: str = ""
    """The name of the value in the help, such as `SECONDS`; empty if the option takes no value."""
    choices: tuple[str, ...] = ()
    takes_file: bool = False
    names: str = ""
    """The kind of names that are the values, for `callbox --names`; empty if the values are no such names."""


PROGRAMS: Mapping[str, Callable[[], argparse.ArgumentParser]] = {
    "": argparse_parser.make_parser,
    "replay": option_parser.make_parser,
    "check": check_command.make_parser,
    "convert": convert_command.make_parser,
    "practice": practice_command.make_parser,
}
ABOUT = {
    "replay": "send the requests of .http files",
    "check": "report errors and warnings in .http files",
    "convert": "make .http files from a description of an API",
    "practice": "an API on this machine to learn and test with",
}


def options_of(program: str) -> list[OptionSpec]:
    """The options of a program, in the order of its help. An empty `program` means `callbox [URL]`."""
    if program == WITH_SHELL:
        own_forms = {word.forms for word in options_of("practice")}
        shell = (
            word for word in _parser_options(argparse_parser.make_parser()) if not own_forms.intersection([word.forms])
        )
        return [*options_of("practice"), *shell]
    if program == REQUEST:
        return list(_request_options())
    found = list(_parser_options(PROGRAMS[program]()))
    own = [
        OptionSpec(forms=(form,), help=about, value="|".join(choices), choices=choices)
        for form, about, choices in GLOBAL_OPTIONS
    ]
    return found if program else [word for word in own if word.forms != ("--help",)] + found


_CHOICES = {"body_form": BODY_FORMS, "charset": CHARSETS, "scheme": SCHEMES}


def _request_options() -> Iterator[OptionSpec]:
    for flag in REQUEST_FLAGS:
        option = OPTIONS.get(flag.option)
        is_switch = not flag.kind or flag.is_optional or flag.kind == "switch_value"
        choices = option.choices if option is not None else _CHOICES.get(flag.kind, ())
        takes_file = option is not None and option.kind == "path"
        value = "" if is_switch else flag.name.upper()
        forms = tuple(sorted(flag.words, key=lambda form: (form.startswith("--"), form)))
        yield OptionSpec(forms=forms, help=flag.help, value=value, choices=choices, takes_file=takes_file)
    taken = {form for flag in REQUEST_FLAGS for form in flag.words}
    for word in _parser_options(argparse_parser.make_parser()):
        if not taken.intersection(word.forms) and not {"-c", "-i"}.intersection(word.forms):
            yield word


def _parser_options(made: argparse.ArgumentParser) -> Iterator[OptionSpec]:
    for action in made._actions:
        if not action.option_strings:
            continue
        forms = tuple(sorted(action.option_strings, key=lambda form: (form.startswith("--"), form)))
        # the help page hides `--no-follow` beside `--follow yes|no`
        hidden = f"--{forms[-1].removeprefix('--no-')} no"
        about = hidden if action.help == argparse.SUPPRESS else " ".join((action.help or "").replace("%%", "%").split())
        if action.nargs == 0:
            yield OptionSpec(forms, about)
            continue
        value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
        option = next((OPTIONS[name] for form in forms if (name := form.removeprefix("--")) in OPTIONS), None)
        choices = tuple(value.split("|")) if "|" in value else ()
        takes_file = value in _FILES or (option is not None and option.kind == "path")
        yield OptionSpec(
            forms=forms,
            help=about,
            value=value,
            choices=choices,
            takes_file=takes_file,
            names=_LISTED_VALUES.get(forms[-1], ""),
        )


_SCRIPTS = dict.fromkeys(("replay", "check"), " ".join(f"*{suffix}" for suffix in SUFFIXES))


def run_completion(words: Sequence[str]) -> int:
    """Run `callbox --completion SHELL`: print the script for this shell. Returns the exit code."""
    name = words[0] if words else ""
    if name not in _WRITERS:
        near = hint(name, SHELLS, "callbox --completion bash, zsh or fish")
        raise UsageError(f"No completion for '{name}'" if name else "The name of a shell is missing", hint=near)
    write_stdout(_WRITERS[name]())
    return 0


def write_bash() -> str:
    """The completion script for bash. Users source it, or save it in the folder of bash-completion."""
    lines = [
        '# completion of callbox for bash: eval "$(callbox --completion bash)"',
        _BASH_HELPERS,
        "_callbox() {",
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} program=shell",
        "    COMPREPLY=()",
        '    [[ $prev == "=" ]] && prev=${COMP_WORDS[COMP_CWORD-2]}',
        '    [[ $cur == "=" ]] && { prev=${COMP_WORDS[COMP_CWORD-1]}; cur=; }',
        f"    case ${{COMP_WORDS[1]}} in {'|'.join(ABOUT)}) program=${{COMP_WORDS[1]}};;",
        f"        {'|'.join(METHODS)}) program={REQUEST};; esac",
        "    (( COMP_CWORD == 1 )) && program=shell",
        f'    [[ $program == practice && " ${{COMP_WORDS[*]}} " == *" --shell "* ]] && program={_label(WITH_SHELL)}',
        '    case "$program $prev" in',
    ]
    for program in (*PROGRAMS, WITH_SHELL, REQUEST):
        lines += [f"        {case}" for case in _bash_values(program)]
    lines += ["    esac", '    case "$program $cur" in']
    for program in (*PROGRAMS, WITH_SHELL, REQUEST):
        forms = " ".join(form for word in options_of(program) for form in word.forms)
        lines.append(f'        "{_label(program)} -"*) _callbox_offer {forms};;')
    lines += [
        '        "shell "*) if (( COMP_CWORD == 1 ))',
        f"            then _callbox_offer {' '.join((*ABOUT, *METHODS))}; else _callbox_files; fi;;",
        "        *) _callbox_files;;",
        "    esac",
        "}",
        "complete -F _callbox callbox",
    ]
    return "\n".join(lines) + "\n"


_BASH_HELPERS = """\
_callbox_offer() {  # compgen -W would expand its words
    local word
    for word; do [[ $word == "$cur"* ]] && COMPREPLY+=("$word"); done
}
_callbox_names() {
    local name
    while IFS= read -r name; do
        [[ $name == *[![:alnum:]_.-]* ]] || _callbox_offer "$name"
    done < <(callbox --names "$1" 2>/dev/null)
}
_callbox_files() {  # readline lists and quotes them; a name that would be taken for an option gets a folder
    local name
    [[ $cur == -* ]] && return
    if [[ -z $cur ]] && compgen -G '-*' >/dev/null; then
        for name in *; do
            [[ $name == -* ]] && name=./$name
            COMPREPLY+=("$name")
        done
        compopt -o filenames
    else
        compopt -o default
    fi
}"""


def _bash_values(program: str) -> Iterator[str]:
    for word in options_of(program):
        if word.value:
            cases = "|".join(f'"{_label(program)} {form}"' for form in word.forms)
            yield f"{cases}) {_bash_value(word)}return;;"


def _bash_value(word: OptionSpec) -> str:
    if word.takes_file:
        return "_callbox_files; "
    if word.names:
        return f"_callbox_names {word.names}; "
    return f"_callbox_offer {' '.join(word.choices)}; " if word.choices else ""


def write_zsh() -> str:
    """The completion script for zsh. Users save it as `_callbox` in a folder of $fpath, or evaluate it after
    compinit.
    """
    lines = ["#compdef callbox", "# completion of callbox for zsh: a file _callbox in $fpath, or eval", ""]
    lines += [
        "_callbox_named() {",  # _arguments inserts the words of compadd before the last one
        '    local -a found=(${(f)"$(callbox --names ${@[-1]} 2>/dev/null)"})',
        '    compadd "${@[1,-2]}" -a found',
        "}",
        "_callbox_files() {",  # a name that looks like an option is offered only with ./ before it
        "    local -a dashed=('-*')",
        '    [[ $PREFIX == */* ]] || set -- "$@" -F dashed',
        '    _files "$@"',
        "}",
        "",
    ]
    for program in (*PROGRAMS, WITH_SHELL, REQUEST):
        lines += [f"_callbox_{_label(program)}() {{", "    _arguments -s \\"]
        lines += [f"        {_zsh(word, form)} \\" for word in options_of(program) for form in word.forms]
        rest = f"'*:file:_callbox_files -g \"{_SCRIPTS[program]}\"'" if program in _SCRIPTS else "'*:URL:_urls'"
        lines += [f"        {rest}", "}", ""]
    programs = " ".join(f"'{name}:{about}'" for name, about in {**ABOUT, **METHODS}.items())
    lines += [
        "_callbox() {",
        f"    local -a programs=({programs})",
        "    if (( CURRENT == 2 )) && [[ ${words[2]} != -* ]]; then _describe program programs; return; fi",
        '    case "${words[2]} ${words[(I)--shell]}" in',
        f"        'practice '[1-9]*) shift words; (( CURRENT-- )); _callbox_{_label(WITH_SHELL)};;",
        *(f"        {name}' '*) shift words; (( CURRENT-- )); _callbox_{name};;" for name in ABOUT),
        *(f"        {name}' '*) shift words; (( CURRENT-- )); _callbox_{REQUEST};;" for name in METHODS),
        "        *) _callbox_shell;;",
        "    esac",
        "}",
        "",
        # If the file is in $fpath, zsh runs it when it completes a word. With eval, the file must register its
        # function.
        'if [[ ${funcstack[1]} == _callbox ]]; then _callbox "$@"; else compdef _callbox callbox; fi',
    ]
    return "\n".join(lines) + "\n"


def _zsh(word: OptionSpec, form: str) -> str:
    about = word.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    about = about.replace("'", "'\\''")
    if not word.value:
        return f"'*{form}[{about}]'"
    joined = "=" if form.startswith("--") else "+"
    return f"'*{form}{joined}[{about}]:{word.value.split('|')[0].lower()}:{_zsh_action(word)}'"


def _zsh_action(word: OptionSpec) -> str:
    if word.names:
        return f"_callbox_named {word.names}"
    if word.choices:
        return f"({' '.join(word.choices)})"
    return "_callbox_files" if word.takes_file else " "


def write_fish() -> str:
    """The completion script for fish. Users save it as ~/.config/fish/completions/callbox.fish."""
    lines = [
        "# completion of callbox for fish: ~/.config/fish/completions/callbox.fish",
        "function __callbox_is",
        "    set -l words (commandline -opc)",
        "    set -l program shell",
        f'    contains -- "$words[2]" {" ".join(ABOUT)}; and set program $words[2]',
        f'    contains -- "$words[2]" {" ".join(METHODS)}; and set program {REQUEST}',
        f"    test $program = practice; and contains -- --shell $words; and set program {_label(WITH_SHELL)}",
        "    contains -- $program $argv",
        "end",
        "complete -c callbox -f",
    ]
    first, offered = "test (count (commandline -opc)) -eq 1", {**ABOUT, **METHODS}
    lines += [f"complete -c callbox -n '{first}' -a {name} -d {_fish_quoted(about)}" for name, about in offered.items()]
    for program in (*PROGRAMS, REQUEST):
        when = f"__callbox_is {_label(program)}" + (f" {_label(WITH_SHELL)}" if program in ("", "practice") else "")
        lines += [f"complete -c callbox -n '{when}' {_fish(word)}" for word in options_of(program)]
        if program in _SCRIPTS:
            lines.append(f"complete -c callbox -n '{when}' -F")
    return "\n".join(lines) + "\n"


def _fish(word: OptionSpec) -> str:
    forms = [f"-l {form[2:]}" if form.startswith("--") else f"-s {form[1:]}" for form in word.forms]
    return f"{' '.join(forms)}{_fish_value(word)} -d {_fish_quoted(word.help)}"


def _fish_value(word: OptionSpec) -> str:
    if word.takes_file:
        return " -r -F"
    values = f"({_listed(word)})" if word.names else " ".join(word.choices)
    if not word.value:
        return ""
    return f" -x -a '{values}'" if values else " -x"


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _label(program: str) -> str:
    """A name for the program that can be part of a function's name in a script."""
    return {"": "shell", WITH_SHELL: "shelled"}.get(program, program)


def _listed(word: OptionSpec) -> str:
    """The command that prints the values of this option, for a script."""
    return f"callbox --names {word.names} 2>/dev/null"


_WRITERS: Mapping[str, Callable[[], str]] = {"bash": write_bash, "zsh": write_zsh, "fish": write_fish}
