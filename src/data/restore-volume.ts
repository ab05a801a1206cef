/** Shell scripts for a volume: new data is loaded into a hidden folder in it, and swapped in by renames. */

export const loadingFolder = '.proto-restoring';
/** The old data: while it is being moved, and after all of it has been moved. */
const leavingFolder = '.proto-replacing';
const replacedFolder = '.proto-replaced';

/** $0 is the volume. Creates an empty folder to load into. Removes the replaced data of an earlier restore. */
export const makeLoadingFolder = `set -e; cd "$0"; rm -rf ${loadingFolder} ${leavingFolder} ${replacedFolder}; mkdir ${loadingFolder}`;

/** $0 is the volume. */
export const dropLoadingFolder = `cd "$0" && rm -rf ${loadingFolder}`;

/** `move TO/` moves everything in this folder; `alike A B` gives B the owner and mode of A. */
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
 * $0 is the volume, $1 the unpacked folder. The old data is moved aside until `dropReplacedFolder`.
 * After an interruption, the same script continues: the existing folders show its progress.
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

/** $0 is the volume. The reverse, while the replaced data still exists: removes the new data. */
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

/** $0 is the volume. When its database was last started, in seconds since the epoch; empty if it never was. */
export const databaseStarted = `cd "$0" && find . -maxdepth 3 -name postmaster.opts -not -path './.proto-*' -exec stat -c %Y {} ';'`;
