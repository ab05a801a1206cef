# What the data engine is asked most, answered by the shell, which starts sooner than Node does: read by the `docker` of a
# desk, with E the engine's folder, NODE the Node that answers the rest, and REST the program for it. Arguments: docker's own.
# A container is a file of lines, each a volume and where it is mounted.

for last; do :; done

# The folder that a path in a container is: of container $1 the path $2, into `at`.
outside() {
  [ -e "$E/container-$1" ] || {
    echo "No such container: $1" >&2
    exit 1
  }
  while read -r source target; do
    case "$2" in
    "$target" | "$target"/*)
      at="$E/volumes/$source/data${2#"$target"}"
      return
      ;;
    esac
  done <"$E/container-$1"
  exit 1
}

# A keeper lives as long as its stdin is open; what is not a keeper is a database.
run() {
  before=
  places=
  for arg; do
    case "$before" in
    --name) container="$E/container-$arg" database="$E/database-$arg" ;;
    --mount)
      source=${arg#*source=} target=${arg#*target=}
      places="$places${source%%,*} ${target%%,*}
"
      ;;
    esac
    before=$arg
  done
  printf %s "$places" >"$container"
  case "$last" in
  *'echo ready; cat >/dev/null') echo ready ;;
  *)
    : >"$database"
    at="$E/volumes/${places%% *}/data"
    echo postgres >"$at/postmaster.opts"
    [ -e "$at/catalog.json" ] || echo '{"databases":{"platform":""},"password":"new"}' >"$at/catalog.json"
    ;;
  esac
  cat >/dev/null
  rm -f "$container" "$database"
}

# A script is given the folder that it works in as its name; one that is tied to stdin has another before it.
execute() {
  container=$1
  shift
  [ "$1 $5" != 'sh TERM' ] || shift 5
  case "$1" in
  sh)
    script=$3
    outside "$container" "$4"
    shift 4
    exec sh -c "$script" "$at" "$@"
    ;;
  df)
    outside "$container" "$3"
    exec df -Pk "$at"
    ;;
  *) exec "$NODE" "$REST" "$E" "$container" "$@" ;;
  esac
}

copy() {
  if [ "$2" = - ]; then
    outside "${3%%:*}" "${3#*:}"
    exec tar -x -C "$at"
  fi
  outside "${2%%:*}" "${2#*:}"
  exec tar -c -C "$at/.." --transform "s,^data,${2##*/}," data
}

case "$*" in
login*) exec cat >/dev/null ;;
info* | pull* | "compose down"* | "compose config --quiet"* | "volume ls"*) ;;
version*) echo 27.0.0 ;;
ps*) [ ! -e "$E/running" ] || echo id-of-platform ;;
"container ls --filter label=proto-scaffold.database="*)
  for at in "$E"/database-*; do [ ! -e "$at" ] || echo "${at##*/database-}"; done
  ;;
"compose config"*) exec cat "$E/config.json" ;;
"volume inspect"*) [ -d "$E/volumes/$last/data" ] || { echo "no such volume" >&2; exit 1; } ;;
"image inspect"*.Config*) echo '{"entrypoint":["entry"],"command":["postgres"]}' ;;
"image inspect"*) echo id-of-image ;;
"container inspect"*) echo '[]' ;;
"compose up --no-start"*)
  for name in $(cat "$E/volumes.txt"); do mkdir -p "$E/volumes/$name/data"; done
  ;;
exec*pg_isready*) [ -e "$E/container-$2" ] ;;
"exec --interactive"*)
  shift 2
  execute "$@"
  ;;
exec*)
  shift
  execute "$@"
  ;;
run*) run "$@" ;;
cp*) copy "$@" ;;
*)
  echo "this docker does not know: $*" >&2
  exit 99
  ;;
esac
