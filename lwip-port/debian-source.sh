# SPDX-License-Identifier: BSD-2-Clause
#
# debian-source.sh - gets a source package from this host's own apt sources
#
# fetch-lwip and xen-patch/build include this file.  They set these variables:
#     package, version      of the source package
#     pins                  SHA-256 and name of each of its files
#     cure                  what else a user can do if it cannot be got
#     kept                  the folder where a user, or an earlier run, may
#                           have put its files
#     work                  a folder for this run
# and define the functions say() and fail().
#
# The deb-src half of apt's sources is turned on in a private copy: nothing
# below /etc or /var/lib/apt changes, and no root is needed.

# Whether folder $1 has all pinned files, unchanged.
files_are_pinned_ones() {
    (cd "$1" && printf '%s\n' "$pins" | sha256sum --check --status) 2>&-
}

# Makes a private copy of apt's sources that is for source packages only.  There
# are two forms: one line each (a Debian from a CD has these, with the CD itself
# among them), and stanzas.
copy_apt_sources() {
    mkdir "$work/parts"
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$list" ] || continue
        sed -n -e '/cdrom:/d' -e 's/^[[:space:]]*deb[[:space:]]/deb-src /p' \
            "$list" > "$work/parts/${list##*/}.list"
    done
    for stanzas in /etc/apt/sources.list.d/*.sources; do
        [ -f "$stanzas" ] || continue
        sed 's/^[Tt]ypes:.*/Types: deb-src/' "$stanzas" \
            > "$work/parts/${stanzas##*/}"
    done
}

apt_get() {
    # Without a sandbox user, because apt as root would become _apt, which may
    # not write here.
    apt-get -qq -o Dir::Etc::SourceList=/dev/null \
        -o "Dir::Etc::SourceParts=$work/parts" \
        -o "Dir::State::Lists=$work/lists" \
        -o "Dir::Cache=$work/cache" \
        -o APT::Sandbox::User= "$@" >&2
}

# Puts the pinned files into $work.
download() {
    command -v dpkg-source > /dev/null ||
        fail "dpkg-source is missing; cure: apt-get install dpkg-dev"
    copy_apt_sources
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    # A third party's source that does not answer must not stop us: it counts
    # only whether the package came.
    apt_get update || say "apt-get update had errors; trying all the same"
    (cd "$work" && apt_get source --download-only "$package=$version") ||
        fail "this host's apt sources do not offer $package $version (any" \
            "more). Cure: put its .orig.tar.xz, .debian.tar.xz and .dsc, for" \
            "example from Debian's snapshot archive, into $kept and run" \
            "again$cure"
    files_are_pinned_ones "$work" ||
        fail "what apt-get brought as $package $version is not what is" \
            "pinned by SHA-256 in $0; somebody changed it on its way or at" \
            "its source. Nothing was unpacked."
}
