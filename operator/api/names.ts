/* The names of Kubernetes, and what an API server says to what is none (apimachinery, pkg/api/validate/content). */

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const key = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const longest = { label: 63, subdomain: 253 } as const;

const keySays = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${key}')`;

const words = {
  label: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  subdomain: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`,
  labelValue: `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${key})?')`,
} as const;

const wholeLabel = new RegExp(`^${label}$`);
const wholeKey = new RegExp(`^${key}$`);

export function namespaceFaults(text: string): readonly string[] {
  const isRight = wholeLabel.test(text);
  const what = isSubdomain(text) ? 'must not contain dots' : words.label;
  return [...lengthFaults(text, longest.label, 'characters'), ...(isRight ? [] : [what])];
}

export function nameFaults(text: string): readonly string[] {
  return [...lengthFaults(text, longest.subdomain, 'characters'), ...(isSubdomain(text) ? [] : [words.subdomain])];
}

export function labelValueFaults(text: string): readonly string[] {
  return [
    ...lengthFaults(text, longest.label, 'bytes'),
    ...(text === '' || wholeKey.test(text) ? [] : [words.labelValue]),
  ];
}

function isSubdomain(text: string): boolean {
  return text.split('.').every((part) => wholeLabel.test(part));
}

function lengthFaults(text: string, most: number, unit: string): readonly string[] {
  return Buffer.byteLength(text) > most ? [`must be no more than ${most} ${unit}`] : [];
}

/** Of a key of a label or annotation, or a finalizer: a name, with a domain before it or without. */
export function qualifiedNameFaults(text: string): readonly string[] {
  const [first = '', second, ...more] = text.split('/');
  if (more.length > 0) {
    return [`a valid label key ${keySays} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const prefix = second === undefined ? [] : prefixFaults(first);
  return [...prefix, ...keyFaults(second ?? first)];
}

function prefixFaults(prefix: string): readonly string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return nameFaults(prefix).map((fault) => `prefix part ${fault}`);
}

function keyFaults(name: string): readonly string[] {
  return [
    ...(name === '' ? ['name part must be non-empty'] : []),
    ...lengthFaults(name, longest.label, 'bytes').map((fault) => `name part ${fault}`),
    ...(wholeKey.test(name) ? [] : [`name part ${keySays}`]),
  ];
}
