"""`callbox --completion bash|zsh|fish`: scripts that complete callbox's own command line, made from its parsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from callbox.cli.ends import put
from callbox.cli.programs import ABOUT, PROGRAMS, SHELLS, Word, words_of
from callbox.errors import UsageError
from callbox.shell.suggest import hint

_SCRIPTS = {"replay": "*.http *.rest", "check": "*.http *.rest"}


def run_completion(words: Sequence[str]) -> int:
    """Print the script for the shell that is named."""
    name = words[0] if words else ""
    if name not in _WRITERS:
        near = hint(name, SHELLS, "callbox --completion bash, zsh or fish")
        raise UsageError(f"No completion for '{name}'" if name else "For which shell?", hint=near)
    put(_WRITERS[name]())
    return 0


def write_bash() -> str:
    """For bash: source it, or put it where bash-completion looks."""
    lines = [
        '# completion of callbox for bash: eval "$(callbox --completion bash)"',
        "_callbox() {",
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} program=shell",
        '    [[ $prev == "=" ]] && prev=${COMP_WORDS[COMP_CWORD-2]}',
        '    [[ $cur == "=" ]] && { prev=${COMP_WORDS[COMP_CWORD-1]}; cur=; }',
        f"    case ${{COMP_WORDS[1]}} in {'|'.join(ABOUT)}) program=${{COMP_WORDS[1]}};; esac",
        "    (( COMP_CWORD == 1 )) && program=shell",
        '    case "$program $prev" in',
    ]
    for program in PROGRAMS:
        lines += [f"        {case}" for case in _bash_values(program)]
    lines += ["    esac", '    case "$program $cur" in']
    for program in PROGRAMS:
        forms = " ".join(form for word in words_of(program) for form in word.forms)
        lines.append(f'        "{program or "shell"} -"*) COMPREPLY=($(compgen -W "{forms}" -- "$cur"));;')
    lines += [
        f'        "shell "*) (( COMP_CWORD == 1 )) && COMPREPLY=($(compgen -W "{" ".join(ABOUT)}" -- "$cur"));;',
        '        *) COMPREPLY=($(compgen -f -- "$cur"));;',
        "    esac",
        "}",
        "complete -o filenames -F _callbox callbox",
    ]
    return "\n".join(lines) + "\n"


def _bash_values(program: str) -> Iterator[str]:
    name = program or "shell"
    for word in words_of(program):
        if word.value:
            cases = "|".join(f'"{name} {form}"' for form in word.forms)
            found = f'compgen -W "{" ".join(word.choices)}"' if word.choices else "compgen -f"
            reply = f'COMPREPLY=($({found} -- "$cur")); ' if word.choices or word.takes_file else ""
            yield f"{cases}) {reply}return;;"


def write_zsh() -> str:
    """For zsh: into a folder of $fpath, as `_callbox`."""
    lines = ["#compdef callbox", "# completion of callbox for zsh: put it into a folder of $fpath as _callbox", ""]
    for program in PROGRAMS:
        lines += [f"_callbox_{program or 'shell'}() {{", "    _arguments -s \\"]
        lines += [f"        {_zsh(word, form)} \\" for word in words_of(program) for form in word.forms]
        rest = f"'*:file:_files -g \"{_SCRIPTS[program]}\"'" if program in _SCRIPTS else "'*:URL:_urls'"
        lines += [f"        {rest}", "}", ""]
    cases = " ".join(f"{name}) shift words; (( CURRENT-- )); _callbox_{name};;" for name in ABOUT)
    programs = " ".join(f"'{name}:{about}'" for name, about in ABOUT.items())
    lines += [
        "_callbox() {",
        f"    local -a programs=({programs})",
        "    if (( CURRENT == 2 )) && [[ ${words[2]} != -* ]]; then _describe program programs; return; fi",
        f"    case ${{words[2]}} in {cases} *) _callbox_shell;; esac",
        "}",
        "",
        '_callbox "$@"',
    ]
    return "\n".join(lines) + "\n"


def _zsh(word: Word, form: str) -> str:
    about = word.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    about = about.replace("'", "'\\''")
    if not word.value:
        return f"'*{form}[{about}]'"
    action = f"({' '.join(word.choices)})" if word.choices else "_files" if word.takes_file else " "
    joined = "=" if form.startswith("--") else "+"
    return f"'*{form}{joined}[{about}]:{word.value.split('|')[0].lower()}:{action}'"


def write_fish() -> str:
    """For fish: into ~/.config/fish/completions/callbox.fish."""
    lines = ["# completion of callbox for fish: ~/.config/fish/completions/callbox.fish", "complete -c callbox -f"]
    none = f"not __fish_seen_subcommand_from {' '.join(ABOUT)}"
    lines += [f"complete -c callbox -n '{none}' -a {name} -d {_fish_quoted(about)}" for name, about in ABOUT.items()]
    for program in PROGRAMS:
        when = f"__fish_seen_subcommand_from {program}" if program else none
        lines += [f"complete -c callbox -n '{when}' {_fish(word)}" for word in words_of(program)]
        if program in _SCRIPTS:
            lines.append(f"complete -c callbox -n '{when}' -F")
    return "\n".join(lines) + "\n"


def _fish(word: Word) -> str:
    forms = [f"-l {form[2:]}" if form.startswith("--") else f"-s {form[1:]}" for form in word.forms]
    value = ""
    if word.value:
        value = f" -x -a '{' '.join(word.choices)}'" if word.choices else " -r -F" if word.takes_file else " -x"
    return f"{' '.join(forms)}{value} -d {_fish_quoted(word.help)}"


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


_WRITERS: Mapping[str, Callable[[], str]] = {"bash": write_bash, "zsh": write_zsh, "fish": write_fish}
