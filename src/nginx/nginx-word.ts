/**
 * A text as one argument of an nginx directive. nginx's lexer accepts `\\ \" \n \r \t` within quotes (ngx_conf_read_token
 * in src/core/ngx_conf_file.c), so any text stays one word. `$` is not escaped: nginx expands it.
 */
export function nginxWord(text: string): string {
  if (/^[\w./@%+:,-]+$/.test(text)) return text;
  const escaped = text.replace(/[\\"\n\r\t]/g, (character) => escapes[character] ?? character);
  return `"${escaped}"`;
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** The variable that `dollarBlock` defines. */
export const dollarName = 'proto_dollar';
export const dollar = `\${${dollarName}}`;

/**
 * nginx has no escape for `$` in directives with variables, but does not expand variables in geo's values
 * (ngx_http_geo_module). So a variable that contains a dollar sign stands for it.
 */
export const dollarBlock = `# A path below contains a dollar sign, which nginx cannot write in any other way.
geo $${dollarName} {
    default "$";
}
`;

/** The same for a literal text in a directive that expands variables. */
export function literalWord(text: string): string {
  return nginxWord(text.replaceAll('$', () => dollar));
}
