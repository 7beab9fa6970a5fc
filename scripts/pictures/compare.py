"""Compares what becomes of real picture files with what an independent decoder, Pillow, makes of them.

compare.py CORPUS PICTURES EXCEPTIONS [with-system]

CORPUS is a directory of files. PICTURES is the example of that name, which judges and strips each file
with the domain's own code. EXCEPTIONS lists the files on which we differ from the decoder on purpose.
With a system, each file is uploaded to the one at ATELIER_URL as well, which must answer as the code does.

What has to hold: a file is taken if and only if the decoder opens it; format and sides are those that a
viewer shows; and after stripping the pixels, the colour profile and the orientation are the same, and no
other metadata is left.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
import warnings

from PIL import Image

warnings.simplefilter("ignore")
Image.init()
# Sizes are judged by the code under test.
Image.MAX_IMAGE_PIXELS = None

LEAST_FILES = 300
SUFFIXES = {".jpg", ".jpeg", ".png", ".apng", ".webp", ".mpo"}
FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
# An MPO is opened as a JPEG.
OPENED = ("JPEG", "PNG", "WEBP")
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Where Pillow puts metadata of one kind or another. Texts of PNG have names of their own.
METADATA = ("xmp", "XML:com.adobe.xmp", "photoshop", "comment", "mp", "Raw profile type exif")
XMP = ("xmp", "XML:com.adobe.xmp", "Raw profile type xmp")


def tags_of(picture):
    """EXIF as browsers read it: not what XMP says, and nothing where it cannot be read."""
    for name in XMP:
        picture.info.pop(name, None)
    try:
        return dict(picture.getexif())
    except Exception:  # Pillow raises half a dozen kinds here
        return {}


def opened(path):
    """The picture as a viewer shows it, or the reason why it cannot be opened."""
    try:
        with Image.open(path, formats=OPENED) as picture:
            left = [name for name in METADATA if picture.info.get(name)]
            left += [name for name, value in getattr(picture, "text", {}).items() if value]
            tags = tags_of(picture)
            icc = picture.info.get("icc_profile")
            picture.load()
            form = FORMATS[picture.format]
            shown = picture
            if tags.get(ORIENTATION) in TURNS:
                shown = picture.transpose(TURNS[tags[ORIENTATION]])
            pixels = shown.tobytes(), shown.getpalette(), picture.info.get("transparency")
            return {
                "format": form,
                "sides": shown.size,
                "pixels": (shown.mode, hash(repr(pixels[1:])), hash(pixels[0])),
                "icc": icc,
                "tags": {tag: value for tag, value in tags.items() if tag != ORIENTATION or value != 1},
                "left": left,
            }
    except Exception as error:  # whatever a decoder raises, it did not open
        return repr(error)


def compare(line, name, report):
    """What is wrong about one file."""
    decoder = opened(line["path"])
    if not line["taken"]:
        if isinstance(decoder, dict):
            report("refused, and the decoder opens it", name, line["why"])
        return
    if isinstance(decoder, str):
        report("taken, and the decoder cannot open it", name, decoder)
        return
    if line["format"] != decoder["format"]:
        report("another format", name, f"{line['format']}, not {decoder['format']}")
    if (line["width"], line["height"]) != decoder["sides"]:
        report("other sides", name, f"{line['width']}x{line['height']}, not {decoder['sides']}")
    stored = opened(line["stored"])
    if isinstance(stored, str):
        report("cannot be opened once it is stripped", name, stored)
        return
    for what in ("pixels", "icc", "sides"):
        if stored[what] != decoder[what]:
            report(f"other {what} once it is stripped", name, "")
    if set(stored["tags"]) - {ORIENTATION} or stored["left"]:
        report("metadata is left", name, f"{list(stored['tags'])} {stored['left']}")
    if not line["is_stable"]:
        report("stripping twice is not stripping once", name, "")


class System:
    """A running system, to which files are uploaded."""

    def __init__(self, url):
        self.url = url
        self.own = threading.local()

    def token(self):
        """Of an account of this thread's own: the system takes in one large picture of an account at a time."""
        if not hasattr(self.own, "token"):
            session = self.post("/v1/session", b"{}", "application/json", {})
            self.own.token = json.loads(session[1])["token"]
        return self.own.token

    def post(self, path, body, kind, headers):
        request = urllib.request.Request(self.url + path, body, {"content-type": kind, **headers})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def try_upload(self, line, name, report):
        """The answer must be what the code says."""
        body = pathlib.Path(line["path"]).read_bytes()
        proof = {"authorization": f"Bearer {self.token()}"}
        status, answer = self.post("/v1/uploads", body, "application/octet-stream", proof)
        if status == 413 and len(body) > 10 * 1024 * 1024:
            return
        if status != (201 if line["taken"] else 415):
            report(f"uploading it is answered with {status}", name, answer[:200])
            return
        told = json.loads(answer)
        if line["taken"]:
            size = pathlib.Path(line["stored"]).stat().st_size
            expected = (line["format"], size, line["width"], line["height"])
            if (told["content_type"], told["bytes"], told["width"], told["height"]) != expected:
                report("the upload's answer says something else", name, told)
        elif told["detail"].rstrip(".").lower() != line["why"].lower():
            report("the refusal says something else", name, told)


def exceptions_of(path):
    """By name, with their reasons: `NAME: reason`, one a line."""
    lines = (line.strip() for line in pathlib.Path(path).read_text().splitlines())
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def main():
    corpus, pictures, exceptions_path = sys.argv[1:4]
    exceptions = exceptions_of(exceptions_path)
    root = pathlib.Path(corpus)
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    wrong, unused, counts = [], set(exceptions), collections.Counter()

    def report(what, name, detail):
        if name in exceptions:
            unused.discard(name)
            counts["excepted"] += 1
        else:
            wrong.append(f"{name}: {what}: {detail}")

    with tempfile.TemporaryDirectory() as stored:
        paths = "\n".join(map(str, files))
        lines = subprocess.run([pictures, stored], input=paths, capture_output=True, text=True, check=True).stdout
        lines = [json.loads(line) for line in lines.splitlines()]
        assert len(lines) == len(files), f"{len(lines)} answers for {len(files)} files"
        for line in lines:
            name = str(pathlib.Path(line["path"]).relative_to(root))
            counts[line.get("format", "refused")] += 1
            compare(line, name, report)
        if len(sys.argv) > 4:
            system = System(os.environ["ATELIER_URL"])
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                names = [str(pathlib.Path(line["path"]).relative_to(root)) for line in lines]
                for _ in pool.map(lambda pair: system.try_upload(*pair, report), zip(lines, names)):
                    counts["uploaded"] += 1
    # Of a package that could not be fetched nothing is known.
    packages = {pathlib.Path(path).relative_to(root).parts[0] for path in files}
    unused = {name for name in unused if name.split("/")[0] in packages}
    wrong += [f"{name}: is listed as an exception, and is none" for name in sorted(unused)]
    for line in wrong:
        print(line)
    print(f"{len(files)} files: " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    if len(files) < LEAST_FILES:
        print(f"at least {LEAST_FILES} are needed")
    return 1 if wrong or len(files) < LEAST_FILES else 0


if __name__ == "__main__":
    sys.exit(main())
