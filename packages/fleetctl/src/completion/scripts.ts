/** Shells with a completion script. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The script for each shell. The scripts pass the typed words unchanged to `fleetctl __complete` and evaluate none of
 * them. The answer is one candidate a line: the word, a tab, and a description.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of fleetctl for bash 4 and later.
_fleetctl() {
  # Not COMP_WORDS: bash also splits words at @, = and :.
  local line=\${COMP_LINE:0:COMP_POINT} words=() part cut='' sign index
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  local typed=\${words[-1]}
  mapfile -t COMPREPLY < <(command fleetctl __complete -- "\${words[@]:1}" 2>/dev/null)
  # bash replaces only the text after the last split.
  for sign in @ = :; do
    if [[ $COMP_WORDBREAKS == *$sign* && $typed == *$sign* ]]; then
      part=\${typed%"\${typed##*"$sign"}"}
      ((\${#part} > \${#cut})) && cut=$part
    fi
  done
  for index in "\${!COMPREPLY[@]}"; do
    part=\${COMPREPLY[index]%%$'\\t'*}
    part=\${part#"$cut"}
    printf -v "COMPREPLY[$index]" %q "$part"
  done
  if ((\${#COMPREPLY[@]} == 1)) && [[ \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
  return 0
}
complete -o nosort -F _fleetctl fleetctl
`,
  zsh: `#compdef fleetctl
# Completion of fleetctl for zsh.
_fleetctl() {
  local -a lines candidates
  local line
  lines=("\${(@f)$(command fleetctl __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${(@)lines:#}"; do
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -V fleetctl candidates
}
if [[ $funcstack[1] == _fleetctl ]]; then _fleetctl "$@"; else compdef _fleetctl fleetctl; fi
`,
  fish: `# Completion of fleetctl for fish.
function __fleetctl_complete
  set -l words (commandline --tokenize --cut-at-cursor --current-process)
  set -e words[1]
  command fleetctl __complete -- $words (commandline --current-token --cut-at-cursor) 2>/dev/null
end
complete --command fleetctl --no-files --keep-order --arguments '(__fleetctl_complete)'
`,
};
