"""Runs one process under limits, and names what went wrong with it, if anything did.

A fault's name groups it with others of its kind: the assertion, the sanitizer's summary, or the signal
and the topmost functions of the stack that say something.
"""

import os
import re
import resource
import signal
import subprocess
from dataclasses import dataclass

SECONDS = 20
# Of the frames that say nothing: how a process ends, and what any program of MLIR is called from.
SILENT = re.compile(r"^(llvm::sys::|__pthread_kill|raise\b|abort\b|_nl_load_domain|__assert|gsignal|__restore_rt|"
                    r"\(/|/|__interceptor|__asan|__sanitizer|"
                    r"llvm::report_|__libc_start|main |_start)")
FRAME = re.compile(r"^ *#\d+ 0x[0-9a-f]+ (.*)$", re.M)
# A function of ours; a local one has its file instead of its folder.
OURS = re.compile(r"mlir::hip|hipc?::|hip_\w+::|\w+\.cpp:\d")
FRAMES = 2
SAYS = (r"Assertion `.*' failed", r"SUMMARY: (?!UndefinedBehavior)[^/(]*", r"[\w/.]+:\d+:\d+: runtime error: .*",
        r"LLVM ERROR: .*", r"terminate called after .*", r"Traceback .*")


@dataclass
class Outcome:
    status: int
    out: str
    errors: str
    timed_out: bool = False

    @property
    def refused(self):
        """Whether it ended as a tool ends that says what was wrong."""
        return self.status == 1 and "error:" in self.errors


def limit(memory_gib):
    """Of this process and those it starts: memory, where it is not 0, and no core files."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_gib:
        resource.setrlimit(resource.RLIMIT_AS, (memory_gib << 30,) * 2)


def run(command, seconds=SECONDS, stdin=None, text=True):
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True)
    try:
        out, errors = process.communicate(stdin, timeout=seconds)
        timed_out = False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, errors = process.communicate()
        timed_out = True
    return Outcome(process.returncode, out.decode(errors="replace") if text else out, errors.decode(errors="replace"),
                   timed_out)


def fault(outcome):
    """The name of the fault's kind; None where the process did its work or said why not."""
    if outcome.timed_out:
        return "hang"
    if outcome.status == 0 or outcome.refused:
        return None
    for pattern in SAYS:
        found = re.search(pattern, outcome.errors)
        if found:
            return f"{_blank(found[0])} in {_where(outcome.errors)}"
    if outcome.status < 0:
        return f"{signal.Signals(-outcome.status).name} in {_where(outcome.errors)}"
    return f"ends with {outcome.status} and no message"


def foreign(outcome):
    """Whether the stack is known and has no function of ours."""
    frames = _frames(outcome.errors)
    return any(frames) and not any(map(OURS.search, frames))


def _blank(text):
    """Without what differs from one process to the next."""
    text = re.sub(r"0x[0-9a-f]+|==\d+==|/[\w/.-]*/", "", text)
    return re.sub(r"\d{3,}", "N", text)[:300]


def _frames(errors):
    frames = [re.sub(r"\(anonymous namespace\)", "{}", frame) for frame in FRAME.findall(errors)]
    return [frame for frame in frames if not SILENT.match(frame)]


def _where(errors):
    """The top of the stack and the topmost functions of ours."""
    frames = _frames(errors)
    chosen = frames[:1] + [frame for frame in frames[1:] if OURS.search(frame)][:FRAMES]
    return " < ".join(_blank(re.sub(r"\(.*", "", frame)).strip()[:120] for frame in chosen) or "?"
