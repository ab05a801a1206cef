import { script } from '@bomb.sh/tab';
import { ExitCode } from '../errors.ts';

const name = 'proto-scaffold';

/**
 * Prints the completion script for a shell. bash uses its own script: the one of the library evaluates the typed text,
 * including `$(…)`, does not complete files, and needs the bash-completion package.
 */
export async function completion(shell: string, write: (text: string) => void): Promise<number> {
  if (shell === 'bash') write(bash);
  else script(shell, name, name);
  return ExitCode.done;
}

const bash = `# bash completion for ${name}
_proto_scaffold() {
  local word line words=()
  # bash splits --flag=value into three words.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    [[ $word == = ]] || words+=("$word")
  done
  [[ \${COMP_WORDS[COMP_CWORD]} != = ]] || words+=('')
  local current=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :0) return ;; # readline completes files
      :*) ;;
      "$current"*) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("$1" complete -- "\${words[@]}" 2>/dev/null)
  compopt +o default 2>/dev/null
}
complete -o default -F _proto_scaffold ${name}
`;
