#!/usr/bin/env python3
"""A second verifier of preserved evidence, written from docs/evidence-format.md with Python's standard library only.

    second_verifier.py [--json] FOLDER...

A FOLDER holds `incidents/INC-<number>/`, or is one incident's folder. With --json each gets one line. Exit status: 0
all verified, 1 one is not, 2 one could not be checked. It shares no code with the first one; the tests demand that both find the same problems.
"""

import base64
import binascii
import gzip
import hashlib
import json
import math
import os
import re
import stat
import sys
import zlib
from datetime import datetime

CHUNK = 1024 * 1024
COMPANIONS = ("manifest.dsse.json", "manifest.pub.pem", "manifest.tsr")
TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
HEX = re.compile(r"[0-9a-f]{64}\Z")
INCIDENT = re.compile(r"INC-[1-9][0-9]*\Z")
ENTRY_NAME = re.compile(r"(?!0{8})[0-9]{8}\.json\Z")
COMPOSITE = re.compile(r"[A-Za-z0-9+/]{43}=-[0-9]+\Z")
MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)\Z", re.ASCII
)
BLANK = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*\\Z")
LARGEST_COUNT = 2 ** 53 - 1
DEEPEST = 200
STATUSES = ("complete", "partial", "requested", "failed")


# --- Shapes: each check returns whether a value has the form that the format demands.


def is_text(value):
    return isinstance(value, str)


def is_filled(value):
    return isinstance(value, str) and not BLANK.match(value)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_count(value):
    return is_number(value) and 0 <= value <= LARGEST_COUNT and value == int(value)


def is_flag(value):
    return isinstance(value, bool)


def is_digest(value):
    return isinstance(value, str) and HEX.match(value) is not None


def is_moment(value):
    if not isinstance(value, str) or not MOMENT.match(value):
        return False
    try:
        datetime.strptime(value[:10], "%Y-%m-%d")
        return True
    except ValueError:
        return False


def is_status(value):
    return value in STATUSES


def is_counts(value):
    return isinstance(value, dict) and all(is_number(one) or is_text(one) for one in value.values())


def or_null(check):
    return lambda value: value is None or check(value)


def list_of(check):
    return lambda value: isinstance(value, list) and all(check(one) for one in value)


def shape(optional=(), **members):
    def check(value):
        return isinstance(value, dict) and all(
            (name in optional and name not in value) or (name in value and test(value[name]))
            for name, test in members.items()
        )

    return check


is_entry = shape(
    schema=lambda value: value == "firebreak/ledger-entry/v1",
    incident=is_text,
    sequence=lambda value: is_count(value) and value >= 1,
    previous=or_null(is_digest),
    at=is_moment,
    kind=is_filled,
    key=is_filled,
    by=shape(login=is_text, runId=is_number, runAttempt=is_number, job=is_text),
    data=lambda value: isinstance(value, dict),
)
is_start = shape(capture=is_filled)
is_late = shape(capture=is_filled, objects=list_of(shape(key=is_filled, size=is_count, sha256=is_digest)))
is_seal = shape(
    capture=is_filled,
    manifestKey=is_text,
    manifestSha256=is_digest,
    manifestVersionId=or_null(is_text),
    complete=is_flag,
    items=is_count,
    bytes=is_count,
    sources=list_of(shape(source=is_text, status=is_status, items=is_count, gaps=is_count)),
)
is_reference = shape(capture=is_filled, manifestSha256=is_digest)
is_signed = shape(
    capture=is_filled,
    signature=or_null(shape(key=is_filled, sha256=is_digest, publicKey=is_filled, publicKeySha256=is_digest)),
    timestamp=or_null(shape(key=is_filled, sha256=is_digest)),
)
is_label = shape(
    schema=lambda value: value == "firebreak/label/v1",
    incident=is_filled,
    capture=is_filled,
    incidentDate=is_moment,
    description=is_filled,
    exportedBy=shape(login=is_filled, name=is_filled),
    exportedAt=is_moment,
)
is_stream = shape(
    group=is_text, stream=is_text, key=or_null(is_text), continued=list_of(is_text), events=is_count
)
is_manifest = shape(
    optional=("gaps", "supplements"),
    gaps=list_of(shape(what=is_text, why=is_text)),
    supplements=shape(capture=is_filled, manifestSha256=is_digest),
    schema=lambda value: value == "firebreak/manifest/v1",
    incident=is_text,
    capture=is_text,
    window=shape(**{"from": is_moment, "to": is_moment}),
    sealedAt=is_moment,
    label=shape(key=is_text, versionId=or_null(is_text), sha256=is_digest),
    ledgerHead=is_digest,
    complete=is_flag,
    sources=list_of(
        shape(
            optional=("streams", "pending"),
            pending=list_of(shape(what=is_text, why=is_text)),
            source=is_filled,
            status=is_status,
            expected=is_counts,
            collected=is_counts,
            gaps=list_of(shape(what=is_text, why=is_text)),
            streams=list_of(is_stream),
        )
    ),
    items=list_of(
        shape(
            optional=("detail",),
            source=is_filled,
            key=is_filled,
            versionId=or_null(is_text),
            size=is_count,
            sha256=or_null(is_digest),
            collectedAt=is_moment,
            origin=shape(uri=is_text),
            detail=is_counts,
        )
    ),
)


def refuse_constant(name):
    raise ValueError(name + " is no JSON")


def read_integer(digits):
    """As a double has it: beyond 2 to the 53rd nothing is exact, and beyond the largest it is infinite."""
    return int(digits) if len(digits) < 16 else float(digits)


def is_too_deep(data):
    depth = 0
    for token in TOKENS.finditer(data):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token.group(), 0)
        if depth > DEEPEST:
            return True
    return False


def parse(data):
    """The value that bytes hold as JSON in UTF-8; None when they hold none."""
    try:
        if is_too_deep(data):
            return None
        return json.loads(data.decode("utf-8"), parse_constant=refuse_constant, parse_int=read_integer)
    except (ValueError, RecursionError):
        return None


# --- Reading.


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def digest_file(path, part_bytes):
    """Size, SHA-256 and, where parts are given, S3's composite checksum, in one pass."""
    whole, parts, size, number = hashlib.sha256(), hashlib.sha256(), 0, 0
    with open(path, "rb") as file:
        while True:
            part, filled = hashlib.sha256(), 0
            while part_bytes is None or filled < part_bytes:
                room = CHUNK if part_bytes is None else min(CHUNK, part_bytes - filled)
                data = file.read(room)
                if not data:
                    break
                whole.update(data)
                part.update(data)
                filled += len(data)
            if filled == 0:
                break
            size += filled
            number += 1
            parts.update(part.digest())
            if part_bytes is None or filled < part_bytes:
                break
    composite = base64.b64encode(parts.digest()).decode() + "-" + str(number)
    return size, whole.hexdigest(), composite if part_bytes is not None else None


def count_lines(path):
    """Lines in a gzip; None when it is none or its last line is not whole."""
    lines, last = 0, b"\n"
    try:
        with gzip.open(path, "rb") as file:
            for data in iter(lambda: file.read(CHUNK), b""):
                lines += data.count(b"\n")
                last = data[-1:]
    except (OSError, EOFError, zlib.error, binascii.Error):
        return None
    return lines if last == b"\n" else None


class Incident:
    """One incident's folder, and what is found in it."""

    def __init__(self, name, folder):
        self.name = name
        self.root = "incidents/" + name + "/"
        self.folder = folder
        self.problems = []
        self.notes = []
        self.objects = {}
        self.seals = {}
        self.additions = {}
        self.walk(folder, self.root)

    def walk(self, folder, prefix):
        with os.scandir(folder) as entries:
            for entry in entries:
                name = os.fsencode(entry.name).decode("utf-8", "replace")
                key = prefix + name
                mode = entry.stat(follow_symlinks=False).st_mode
                readable = name == entry.name and key not in self.objects
                if stat.S_ISDIR(mode) and readable:
                    self.walk(entry.path, key + "/")
                else:
                    self.objects[key] = entry.path if stat.S_ISREG(mode) and readable else None

    def problem(self, code, objects, message):
        self.problems.append(
            {"code": code, "objects": [objects] if isinstance(objects, str) else list(objects), "message": message}
        )

    def document(self, key):
        path = self.objects.get(key)
        if path is None:
            return None
        with open(path, "rb") as file:
            return file.read()

    def verify(self):
        self.check_places()
        ledger = self.check_ledger()
        captures = {entry["data"]["capture"] for entry in ledger if entry["kind"] in
                    ("capture-started", "capture-sealed") and is_start(entry["data"])}
        prefix = self.root + "captures/"
        for key in self.objects:
            if key.startswith(prefix) and "/" in key[len(prefix):]:
                captures.add(key[len(prefix):].split("/")[0])
        for capture in sorted(captures):
            if capture:
                self.check_capture(capture, ledger)
        self.check_supplements()
        return {
            "incident": self.name,
            "verdict": "not-verified" if self.problems else "verified",
            "problems": self.problems,
            "notes": self.notes,
        }

    def check_places(self):
        for key in sorted(self.objects):
            if self.objects[key] is None:
                self.problem("irregular", key, key + " is no ordinary file")
            parts = key[len(self.root):].split("/")
            if parts[0] != "ledger" and not (parts[0] == "captures" and len(parts) > 2 and parts[1]):
                self.problem("foreign", key, key + " belongs to nothing")

    # --- The ledger.

    def check_ledger(self):
        prefix = self.root + "ledger/"
        names = sorted(key[len(prefix):] for key in self.objects if key.startswith(prefix))
        for name in names:
            if not ENTRY_NAME.match(name):
                self.problem("ledger-foreign", prefix + name, prefix + name + " is no ledger entry")
        numbers = sorted(int(name[:8]) for name in names if ENTRY_NAME.match(name))
        if not numbers:
            self.gap(1, 1)
        entries, before, expected = [], None, 1
        for number in numbers:
            self.gap(expected, number - 1)
            expected = number + 1
            key = self.entry_key(number)
            data = self.document(key)
            if data is None:
                continue
            digest, entry = sha256(data), parse(data)
            if is_entry(entry):
                self.check_entry(key, entry, number, before)
                entries.append(dict(entry, object=key, sha256=digest))
            else:
                self.problem("ledger-invalid", key, key + " is no ledger entry")
            before = (number, key, digest)
        if entries and entries[0]["object"] == self.entry_key(1) and entries[0]["kind"] != "declared":
            self.problem("ledger-begin", entries[0]["object"], "the ledger does not begin with the declaration")
        seen = {}
        for entry in entries:
            other = seen.setdefault(entry["key"], entry["object"])
            if other != entry["object"]:
                self.problem("ledger-duplicate", [other, entry["object"]], "one step, recorded twice")
        return entries

    def entry_key(self, number):
        return "%sledger/%08d.json" % (self.root, number)

    def gap(self, first, last):
        if last >= first:
            keys = [self.entry_key(first)] + ([self.entry_key(last)] if last > first else [])
            self.problem("ledger-missing", keys, " to ".join(keys) + " missing")

    def check_entry(self, key, entry, number, before):
        if entry["incident"] != self.name or entry["sequence"] != number:
            self.problem("ledger-misplaced", key, key + " was moved or copied here")
        if number == 1:
            if entry["previous"] is not None:
                self.problem("ledger-chain", key, key + " names an entry before the first")
        elif before and before[0] == number - 1 and entry["previous"] != before[2]:
            self.problem("ledger-chain", [before[1], key], key + " does not follow from " + before[1])

    # --- A capture.

    def check_capture(self, capture, ledger):
        folder = self.root + "captures/" + capture + "/"
        manifest_key = folder + "manifest.json"
        started = [e["data"] for e in ledger if e["kind"] == "capture-started" and is_start(e["data"])]
        if capture not in [data["capture"] for data in started]:
            self.problem("capture-unstarted", folder, folder + " was started by no entry of the ledger")
        seal = self.sealed_entry(capture, ledger)
        data = self.document(manifest_key)
        if data is None:
            if manifest_key not in self.objects:
                if seal:
                    self.problem("manifest-missing", manifest_key, manifest_key + " is missing")
                else:
                    self.notes.append({"code": "capture-unsealed", "objects": [folder], "message": "never sealed"})
            return
        digest = self.seals[capture] = sha256(data)
        self.check_vouched(manifest_key, digest, capture, ledger, seal)
        manifest = parse(data)
        if not is_manifest(manifest):
            self.problem("manifest-invalid", manifest_key, manifest_key + " is no manifest")
            return
        if "supplements" in manifest:
            self.additions[capture] = manifest["supplements"]
        self.check_manifest(manifest_key, capture, manifest, ledger, seal)
        if seal:
            self.check_sums(folder, capture, manifest, seal)
        self.check_label(folder + "label.json", capture, manifest)
        self.check_items(folder, manifest)
        listed = {item["key"] for item in manifest["items"]}
        own = {folder + name for name in ("manifest.json", "label.json") + COMPANIONS}
        late = self.late_objects(folder, capture, ledger, listed | own - {folder + name for name in COMPANIONS})
        for key in sorted(self.objects):
            if key.startswith(folder) and key not in listed and key not in own and key not in late:
                self.problem("unlisted", key, key + " is not in the manifest")
        for key in late:
            if self.objects.get(key) is None:
                self.problem("late-missing", key, key + " is not there")
                continue
            size, digest, _ = digest_file(self.objects[key], None)
            if size != late[key]["size"]:
                self.problem("late-size", key, key + " has another size than the ledger says")
            if digest != late[key]["sha256"]:
                self.problem("late-digest", key, key + " is not the object that the ledger names")
            elif size == late[key]["size"]:
                self.notes.append({"code": "late-object", "objects": [key], "message": key + " came after the seal"})
        self.check_companions(folder, capture, ledger, late)

    def late_objects(self, folder, capture, ledger, own):
        late = {}
        for entry in ledger:
            data = entry["data"]
            if entry["kind"] != "late-objects" or data.get("capture") != capture:
                continue
            if not is_late(data):
                self.problem("ledger-invalid", entry["object"], "does not say what an entry about late objects says")
                continue
            for named in data["objects"]:
                key = named["key"]
                if key.startswith(folder) and key != folder and key not in own:
                    late[key] = named
                else:
                    self.problem("late-outside", [entry["object"], key], key + " cannot be late in this capture")
        return late

    def check_supplements(self):
        for capture, adds_to in sorted(self.additions.items()):
            other = adds_to["capture"]
            if other == capture or self.seals.get(other) != adds_to["manifestSha256"]:
                keys = [self.root + "captures/" + name + "/manifest.json" for name in (capture, other)]
                self.problem("supplement-broken", keys, keys[0] + " adds to what is not there as it was")

    def check_companions(self, folder, capture, ledger, late):
        named = {}
        for entry in ledger:
            data = entry["data"]
            if entry["kind"] != "capture-signed" or data.get("capture") != capture:
                continue
            if not is_signed(data):
                self.problem("ledger-invalid", entry["object"], "does not say what a signature's entry says")
                continue
            for made in (data["signature"], data["timestamp"]):
                if made:
                    named[made["key"]] = made["sha256"]
                    named[made.get("publicKey")] = made.get("publicKeySha256")
        for name, code in (("manifest.dsse.json", "not-signed"), ("manifest.tsr", "not-time-stamped")):
            if folder + name not in named:
                keys = [folder + "manifest.json"]
                self.notes.append({"code": code, "objects": keys, "message": "the ledger names no " + name})
        for key in (folder + name for name in COMPANIONS):
            if key not in named:
                if key in self.objects and key not in late:
                    self.problem("unlisted", key, key + " is named by no entry of the ledger")
            elif self.objects.get(key) is None:
                self.problem("companion-missing", key, key + " is not there")
            elif sha256(self.document(key)) != named[key]:
                self.problem("companion-digest", key, key + " is not the file that the ledger names")

    def sealed_entry(self, capture, ledger):
        for entry in ledger:
            if entry["kind"] == "capture-sealed" and entry["data"].get("capture") == capture:
                if is_seal(entry["data"]):
                    return entry
                self.problem("ledger-invalid", entry["object"], entry["object"] + " does not say what a seal's says")
        return None

    def check_vouched(self, manifest_key, digest, capture, ledger, seal):
        if not seal:
            self.problem("manifest-unannounced", manifest_key, "no entry of the ledger announces " + manifest_key)
        elif seal["data"]["manifestSha256"] != digest:
            self.problem("manifest-digest", manifest_key, manifest_key + " is not what was sealed")
        for entry in ledger:
            data = entry["data"]
            if (seal and entry["object"] == seal["object"]) or not is_reference(data):
                continue
            if data["capture"] == capture and data["manifestSha256"] != digest:
                self.problem("manifest-reference", [manifest_key, entry["object"]], "another manifest was relied on")

    def check_manifest(self, manifest_key, capture, manifest, ledger, seal):
        if manifest["incident"] != self.name or manifest["capture"] != capture:
            self.problem("manifest-misplaced", manifest_key, manifest_key + " belongs to another capture")
        head = next((entry for entry in ledger if entry["sha256"] == manifest["ledgerHead"]), None)
        if not head or (seal and head["sequence"] >= seal["sequence"]):
            self.problem("manifest-head", manifest_key, "the ledger before the seal does not hold the manifest's head")
        complete = not manifest.get("gaps") and all(
            source["status"] == "complete" for source in manifest["sources"]
        )
        if manifest["complete"] != complete:
            self.problem("complete-claim", manifest_key, "the sources and gaps contradict `complete`")

    def check_sums(self, folder, capture, manifest, seal):
        items, said = manifest["items"], seal["data"]
        sources = [
            (
                source["source"],
                source["status"],
                sum(1 for item in items if item["source"] == source["source"]),
                len(source["gaps"]),
            )
            for source in manifest["sources"]
        ]
        expected = (
            "capture-sealed/" + manifest["capture"],
            "incidents/%s/captures/%s/manifest.json" % (manifest["incident"], manifest["capture"]),
            manifest["complete"],
            len(items),
            sum(item["size"] for item in items),
            sources,
        )
        found = (
            seal["key"],
            said["manifestKey"],
            said["complete"],
            said["items"],
            said["bytes"],
            [(one["source"], one["status"], one["items"], one["gaps"]) for one in said["sources"]],
        )
        if expected != found:
            self.problem("ledger-sums", seal["object"], seal["object"] + " contradicts the manifest")

    def check_label(self, key, capture, manifest):
        if key not in self.objects or manifest["label"]["key"] != key:
            self.problem("label-missing", key, key + " is missing")
            return
        data = self.document(key)
        if data is None:
            return
        if sha256(data) != manifest["label"]["sha256"]:
            self.problem("label-digest", key, key + " is not the label that was sealed")
        label = parse(data)
        if not is_label(label) or label["incident"] != self.name or label["capture"] != capture:
            self.problem("label-invalid", key, key + " is incomplete, or another capture's")

    def check_items(self, folder, manifest):
        seen = set()
        for item in manifest["items"]:
            key = item["key"]
            if key in seen:
                self.problem("item-duplicate", key, key + " is in the manifest twice")
                continue
            seen.add(key)
            name = key[len(folder):] if key.startswith(folder) else ""
            if name in ("", "manifest.json", "label.json"):
                self.problem("item-outside", key, key + " cannot be an item of this capture")
            elif self.objects.get(key) is None:
                self.problem("item-missing", key, key + " is not there")
            else:
                self.check_item(item)
        events = {item["key"]: item.get("detail", {}).get("events") for item in manifest["items"]}
        for source in manifest["sources"]:
            for stream in source.get("streams", []):
                keys = ([] if stream["key"] is None else [stream["key"]]) + stream["continued"]
                counts = [events.get(key) for key in keys]
                if not all(is_number(count) for count in counts) or sum(counts) != stream["events"]:
                    self.problem("stream-items", [folder + "manifest.json"] + keys, "a stream counts other events")

    def check_item(self, item):
        key, path, detail = item["key"], self.objects[item["key"]], item.get("detail", {})
        composite = detail.get("compositeSha256")
        if item["sha256"] is None and not (is_text(composite) and COMPOSITE.match(composite)):
            self.problem("item-without-digest", key, "nothing vouches for " + key)
            return
        part_bytes = max(1024 ** 3, -(-item["size"] // 10000)) if item["sha256"] is None else None
        size, digest, parts = digest_file(path, part_bytes)
        if size != item["size"]:
            self.problem("item-size", key, "%s has %d bytes; %d were sealed" % (key, size, item["size"]))
        if (digest != item["sha256"]) if item["sha256"] is not None else (parts != composite):
            self.problem("item-digest", key, key + " is not what was sealed")
        elif is_number(detail.get("events")) and key.endswith(".ndjson.gz"):
            if count_lines(path) != detail["events"]:
                self.problem("item-events", key, key + " does not hold the events that the manifest counts")


def incidents_in(folder):
    if os.path.isdir(os.path.join(folder, "incidents")):
        root = os.path.join(folder, "incidents")
        return [(name, os.path.join(root, name)) for name in sorted(os.listdir(root)) if INCIDENT.match(name)]
    if not any(os.path.exists(os.path.join(folder, name)) for name in ("ledger", "captures")):
        return []
    name = os.path.basename(os.path.normpath(folder))
    if not INCIDENT.match(name):
        name = "INC-0"
        try:
            with open(os.path.join(folder, "ledger", "00000001.json"), "rb") as file:
                said = (parse(file.read()) or {}).get("incident")
            if is_text(said) and INCIDENT.match(said):
                name = said
        except (OSError, AttributeError):
            pass
    return [(name, folder)]


def verify_folder(folder, as_json):
    try:
        reports = [Incident(name, path).verify() for name, path in incidents_in(folder)]
    except OSError as error:
        print("Could not check: %s" % error, file=sys.stderr)
        return 2
    if not reports:
        print("Could not check: %s holds no incident" % folder, file=sys.stderr)
        return 2
    verdict = "verified" if all(report["verdict"] == "verified" for report in reports) else "not-verified"
    if as_json:
        print(json.dumps({"verdict": verdict, "incidents": reports}))
    else:
        for report in reports:
            print("%s: %s" % (report["incident"], report["verdict"]))
            for problem in report["problems"]:
                print("  [%s] %s" % (problem["code"], ascii(problem["message"])))
    return 0 if verdict == "verified" else 1


def main(arguments):
    folders = [argument for argument in arguments if argument != "--json"]
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    return max([verify_folder(folder, "--json" in arguments) for folder in folders])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
