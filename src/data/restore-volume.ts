/** Shell scripts for a volume: what is new is loaded into a hidden folder in it, and takes its place by renames. */

export const loadingFolder = '.proto-restoring';
/** What was there: as long as some of it still has to come, and once all of it has. */
const leavingFolder = '.proto-replacing';
const replacedFolder = '.proto-replaced';

/** $0 is the volume. Makes an empty folder to load into; what an earlier restore has replaced goes. */
export const makeLoadingFolder = `set -e; cd "$0"; rm -rf ${loadingFolder} ${leavingFolder} ${replacedFolder}; mkdir ${loadingFolder}`;

/** $0 is the volume. */
export const dropLoadingFolder = `cd "$0" && rm -rf ${loadingFolder}`;

/** `move TO/` moves all that is in this folder; `alike A B` gives B the owner and mode of A. */
const moving = `set -e
cd "$0"
move() {
  for entry in * .[!.]* ..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    case "$entry" in ${loadingFolder}|${leavingFolder}|${replacedFolder}) continue;; esac
    mv -- "$entry" "$1"
  done
}
alike() {
  chown "$(stat -c %u:%g "$1")" "$2"
  chmod "$(stat -c %a "$1")" "$2"
}`;

/**
 * $0 is the volume, $1 the folder that was unpacked. What was there is moved aside, for as long as `dropReplacedFolder`
 * waits. Cut short anywhere, the same script does the rest: which folders there are tells how far it has come.
 */
export const swapInInVolume = `${moving}
if ! [ -d ${replacedFolder} ]; then
  [ -d "${loadingFolder}/$1" ]
  mkdir -p ${leavingFolder}
  alike . ${leavingFolder}
  move ${leavingFolder}/
  mv ${leavingFolder} ${replacedFolder}
fi
if [ -d "${loadingFolder}/$1" ]; then
  cd "${loadingFolder}/$1"
  move ../../
  cd ../..
  alike "${loadingFolder}/$1" .
fi
rm -rf ${loadingFolder}`;

/** $0 is the volume. The reverse, as long as what was replaced is there: what had come goes. */
export const swapOutInVolume = `${moving}
[ -d ${replacedFolder} ]
mkdir -p ${loadingFolder}
move ${loadingFolder}/
cd ${replacedFolder}
move ../
cd ..
alike ${replacedFolder} .
rm -rf ${replacedFolder} ${loadingFolder}`;

/** $0 is the volume. */
export const dropReplacedFolder = `cd "$0" && rm -rf ${replacedFolder}`;

/** $0 is the volume. When the database on it was last started, in seconds since the epoch; nothing where it never was. */
export const databaseStarted = `cd "$0" && find . -maxdepth 3 -name postmaster.opts -not -path './.proto-*' -exec stat -c %Y {} ';'`;
