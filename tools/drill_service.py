"""Attack the reference service in this process and over TLS, and leave the reports in build/drill.

    python -m tools.drill_service

The server is started in a folder that is thrown away, with accounts made for the drill, and stopped again. The exit
code is 1 where one of the two found something.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tools.served import BUCKLER, POLICY, ROOT, served

REPORTS: Final = ROOT / "build" / "drill"


def main() -> int:
    """Both drills. 1 where one of them found something."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    found = _drill("in process", REPORTS / "in-process.html", [])
    with TemporaryDirectory(prefix="drill-") as folder, served(Path(folder)) as service:
        words = [service.origin, "--ca", str(service.authority), "--options", str(service.options), "--writes"]
        found += _drill("over TLS", REPORTS / "over-tls.html", words)
    return min(found, 1)


def _drill(how: str, report: Path, words: list[str]) -> int:
    print(f"== The reference service, {how}", flush=True)
    command = [BUCKLER, "drill", *words, "--policy", str(POLICY), "--output", str(report)]
    ended = subprocess.run([*command, "--output", str(report.with_suffix(".json"))], cwd=ROOT, check=False)
    print(f"The report is in {report.relative_to(ROOT)}", flush=True)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
