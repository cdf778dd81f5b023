"""Watch that ends the servers of a killed test run."""

import subprocess
from pathlib import Path

# Reads until its standard input closes, which happens when the test process is gone, however it went.
WATCH = 'read -r _; kill -"$0" "$1" 2>/dev/null; sleep 1; kill -KILL "$1" 2>/dev/null; shift; rm -rf "$@"'


class Watch:
    """Ends the process `pid` with `signal` and removes `folders`, should the tests die before `over()` is called."""

    def __init__(self, pid: int, *folders: Path, signal: str) -> None:
        # A session of its own: Ctrl-C in the terminal must not end the watch first.
        self._shell = subprocess.Popen(
            ["sh", "-c", WATCH, signal, str(pid), *map(str, folders)], stdin=subprocess.PIPE, start_new_session=True
        )

    def over(self) -> None:
        """Stop watching: the process was ended in good order."""
        self._shell.kill()
        self._shell.wait()
        if self._shell.stdin:
            self._shell.stdin.close()
