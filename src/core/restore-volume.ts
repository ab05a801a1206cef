/** Shell scripts for a volume: what is new is loaded into a hidden folder in it, and takes its place by renames. */

export const loadingFolder = '.proto-restoring';
const replacedFolder = '.proto-replaced';

/** $0 is the volume. Makes an empty folder to load into. */
export const makeLoadingFolder = `set -e; cd "$0"; rm -rf ${loadingFolder}; mkdir ${loadingFolder}`;

/** $0 is the volume. */
export const dropLoadingFolder = `cd "$0" && rm -rf ${loadingFolder}`;

/** $0 is the volume, $1 the folder that was unpacked. What was there is moved aside, for as long as `dropReplacedFolder` waits. */
export const takePlaceInVolume = `set -e
cd "$0"
[ -d "${loadingFolder}/$1" ]
rm -rf ${replacedFolder}; mkdir ${replacedFolder}
move() {
  for entry in * .[!.]* ..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    case "$entry" in ${loadingFolder}|${replacedFolder}) continue;; esac
    mv -- "$entry" "$1"
  done
}
move ${replacedFolder}/
cd "${loadingFolder}/$1"
move ../../
cd ../..
chown "$(stat -c %u:%g "${loadingFolder}/$1")" .
chmod "$(stat -c %a "${loadingFolder}/$1")" .
rm -rf ${loadingFolder}`;

/** $0 is the volume. */
export const dropReplacedFolder = `cd "$0" && rm -rf ${replacedFolder}`;
