/**
 * A text as one argument of an nginx directive. nginx's lexer takes `\\ \" \n \r \t` within quotes (ngx_conf_read_token
 * in src/core/ngx_conf_file.c), so whatever a text holds, it stays one word. `$` is left for nginx to read.
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
const dollar = '${' + 'proto_dollar}';

/**
 * nginx has no escape for `$` where it takes variables, but geo's values are never searched for any
 * (ngx_http_geo_module): a variable that holds a dollar stands for it.
 */
export const dollarBlock = `# A path below contains a dollar sign, which nginx cannot write in any other way.
geo $proto_dollar {
    default "$";
}
`;

/** The same for a directive that takes variables, for a text that is meant literally. */
export function literalWord(text: string): string {
  return nginxWord(text.replaceAll('$', () => dollar));
}
