#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the agent's property list, as install.sh writes it into a home directory
with blanks and accents in its name. Python's parser reads it; keys, their types
and what entropyd depends on are compared with launchd.plist(5). And the example
of a configuration profile, with what Apple documents of its payload."""

import os
import pathlib
import plistlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "launchd/org.entropyd.agent.plist.in"
PROFILE = ROOT / "packaging/macos/entropyd.mobileconfig"
METRICS = ROOT / "packaging/prometheus/org.entropyd.metrics.plist"
LIMITS = {"NumberOfFiles": int, "Core": int}
# launchd.plist(5), as far as it is used here.
KEYS = {
    "Label": str,
    "ProgramArguments": list,
    "Sockets": dict,
    "RunAtLoad": bool,
    "KeepAlive": {"SuccessfulExit": bool},
    "ThrottleInterval": int,
    "ProcessType": str,
    "ExitTimeOut": int,
    "SoftResourceLimits": LIMITS,
    "HardResourceLimits": LIMITS,
    "Umask": int,
    "StandardErrorPath": str,
    "StandardOutPath": str,
}
SOCKET_KEYS = {"SockType": str, "SockPathName": str, "SockPathMode": int}


def check_keys(found, known, where):
    """Yields unknown keys and wrong types."""
    for key, value in found.items():
        kind = known.get(key)
        if kind is None:
            yield f"{where}: unknown key {key}"
        elif isinstance(kind, dict):
            yield from check_keys(value, kind, f"{where}.{key}")
        elif type(value) is not kind:
            yield f"{where}.{key}: {value!r} is not of type {kind.__name__}"


def check(plist, home, programs, has_egd):
    """Yields what is wrong with the parsed list."""
    yield from check_keys(plist, KEYS, "plist")
    for key in KEYS:
        if key not in plist:
            yield f"plist: {key} is missing"
    header = (ROOT / "daemon/host/activation.h").read_text()
    name, egd = re.findall(r'ACTIVATION_NAME\w*\s+"(\w+)"', header)
    names = [name, egd] if has_egd else [name]
    sockets = plist["Sockets"]
    if list(sockets) != names:
        yield f"Sockets: {list(sockets)}, and entropyd asks for {names}"
        return
    for each in names:
        yield from check_keys(sockets[each], SOCKET_KEYS, f"Sockets.{each}")
    wanted = {
        "Label": "org.entropyd.agent",
        "ProgramArguments": [f"{programs}/entropyd",
                             "--set", "log.max_file_bytes=1048576"],
        "StandardErrorPath": f"{home}/Library/Logs/entropyd.log",
        "Umask": 0o077,
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 60,
    }
    for key, value in wanted.items():
        if plist[key] != value:
            yield f"{key}: {plist[key]!r}, not {value!r}"
    for socket, file in zip(sockets.values(), ("entropyd.sock", "egd.sock")):
        if socket["SockPathName"] != f"{home}/.entropyd/{file}":
            yield f"SockPathName: {socket['SockPathName']!r}"
        if socket["SockPathMode"] != 0o600:
            yield f"SockPathMode: {socket['SockPathMode']:o}, not 600"
    # Background throttles timers; Adaptive is Background without XPC.
    if plist["ProcessType"] not in ("Standard", "Interactive"):
        yield f"ProcessType: {plist['ProcessType']} throttles timers"
    if plist["HardResourceLimits"]["Core"] != 0:
        yield "HardResourceLimits.Core: a core file could be written"


def check_profile(profile):
    """Yields what is wrong with the parsed profile."""
    payloads = profile["PayloadContent"]
    for part, kind in [(profile, "Configuration"),
                       (payloads[0], "com.apple.servicemanagement")]:
        if part["PayloadType"] != kind or part["PayloadVersion"] != 1:
            yield f"{kind}: {part['PayloadType']} {part['PayloadVersion']}"
        if not re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}",
                            part["PayloadUUID"]):
            yield f"{kind}: {part['PayloadUUID']} is no UUID"
    if profile["PayloadUUID"] == payloads[0]["PayloadUUID"]:
        yield "the profile and its payload have the same UUID"
    rule = payloads[0]["Rules"][0]
    if rule["RuleType"] != "LabelPrefix":
        yield f"rule: {rule['RuleType']}"
    for label in (TEMPLATE.name.removesuffix(".plist.in"), METRICS.stem):
        if not label.startswith(rule["RuleValue"]):
            yield f"rule: {rule['RuleValue']} does not cover {label}"


def render(work, has_egd):
    """Runs install.sh against the stand-ins; what check() takes."""
    home, programs = work / "Zoé & <Co> 'x'", work / "prog rams"
    standin, path = work / "standin", work / "path"
    for folder in (work, home, programs, standin):
        folder.mkdir()
    shutil.copytree(ROOT / "tests/launchd/standin", path)
    (standin / "session").touch()
    for name in ("entropyd", "entropyctl"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    environment = dict(os.environ, HOME=str(home), STANDIN=str(standin),
                       PATH=f"{path}:{os.environ['PATH']}")
    subprocess.run(
        ["sh", ROOT / "launchd/install.sh", "--programs", programs]
        + ["--egd"] * has_egd,
        env=environment, check=True, stdout=subprocess.DEVNULL)
    written = home / "Library/LaunchAgents/org.entropyd.agent.plist"
    return plistlib.loads(written.read_bytes()), home, programs, has_egd


def main():
    with tempfile.TemporaryDirectory(prefix="entropyd-") as work:
        wrong = [line for has_egd in (False, True) for line in
                 check(*render(pathlib.Path(work) / str(has_egd), has_egd))]
    # Python's parser accepts duplicate keys and keeps the last one.
    keys = re.findall(r"^    <key>(\w+)</key>", TEMPLATE.read_text(), re.M)
    wrong += [f"plist: {key} twice" for key in set(keys) if keys.count(key) > 1]
    wrong += check_profile(plistlib.loads(PROFILE.read_bytes()))
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(f"{TEMPLATE.name}: {len(keys)} keys, all valid for launchd")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
