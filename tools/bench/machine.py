"""What the figures were measured on. No names of hosts, users or folders."""

import os
import platform
import re
from pathlib import Path

from .rounds import transaction

SETTINGS = (
    "shared_buffers",
    "work_mem",
    "maintenance_work_mem",
    "effective_cache_size",
    "random_page_cost",
    "max_wal_size",
    "synchronous_commit",
    "fsync",
    "full_page_writes",
    "jit",
)


def machine(registry):
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    with transaction(registry) as env:
        settings = {}
        for name in ("server_version", *SETTINGS):
            env.cr.execute(f"SHOW {name}")
            [settings[name]] = env.cr.fetchone()
    return {
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory": round(int(memory.group(1)) / 1024**2),
        "python": platform.python_version(),
        "postgresql": settings.pop("server_version"),
        "settings": settings,
        "load": round(os.getloadavg()[2], 1),  # of a quarter of an hour
    }
