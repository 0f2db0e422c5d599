#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""This program writes start-up commands into guest.img or guest.elf, without a compiler.

    patch.py IMAGE "print hello nonce-1234; halt"              in place
    patch.py IMAGE "print hello; demo" --output COPY           into a copy
    patch.py IMAGE --show                                      shows what is in it

The text is commands that are separated by ';', at most 255 ASCII characters.  The text ""
removes them.
"""
import argparse
import sys

NAME = b"MEDIATOR-GUEST-COMMANDS\0"
TEXT_BYTES = 256


def find_block(image):
    """Returns the offset of the 256 bytes of text in `image` (bytes)."""
    at = image.find(NAME)
    if at < 0:
        raise ValueError("no test guest: %s is not in it" % NAME[:-1].decode())
    if image.find(NAME, at + 1) >= 0:
        raise ValueError("%s is in it twice" % NAME[:-1].decode())
    return at + len(NAME)


def patch(image, text):
    """Returns a copy of `image` (bytes) with `text` as its start-up commands."""
    if not text.isascii() or not (text.isprintable() or text == ""):
        raise ValueError("start-up commands must be one line of ASCII")
    if len(text) >= TEXT_BYTES:
        raise ValueError("start-up commands of %d characters; %d are the limit"
                         % (len(text), TEXT_BYTES - 1))
    at = find_block(image)
    block = text.encode().ljust(TEXT_BYTES, b"\0")
    return image[:at] + block + image[at + TEXT_BYTES:]


def show(image):
    at = find_block(image)
    return image[at:at + TEXT_BYTES].split(b"\0")[0].decode("ascii", "replace")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image")
    parser.add_argument("text", nargs="?")
    parser.add_argument("--output", "-o", help="default: the image itself")
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    if (args.text is None) != args.show:
        parser.error("either the commands or --show")
    try:
        with open(args.image, "rb") as file:
            image = file.read()
        if args.show:
            print(show(image))
            return
        image = patch(image, args.text)
        with open(args.output or args.image, "wb") as file:
            file.write(image)
    except (OSError, ValueError) as error:
        sys.exit("patch.py: %s: %s" % (args.image, error))


if __name__ == "__main__":
    main()
