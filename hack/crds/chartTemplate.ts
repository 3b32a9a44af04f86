const head = '{{- /* Generated from crds/ by `npm run generate`: do not edit. */}}\n{{- if .Values.crds.install }}\n';

/** What the chart adds to a definition, in the place of its `metadata` alone: labels of the release, and whether it outlives it. */
function metadata(name: string): string {
  return `metadata:
  name: ${name}
  labels:
    {{- include "coppice.release" . | nindent 4 }}
  {{- if .Values.crds.keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
`;
}

/**
 * The text of a definition as a template of the chart: the same characters but for its metadata. Throws where it holds what Helm would carry out, or
 * metadata that are not only a name.
 */
export function chartTemplate(definition: string): string {
  if (definition.includes('{{')) throw new Error('a definition holds {{, which Helm would carry out');
  const found = /^metadata:\n {2}name: (\S+)\n(?=\S)/m.exec(definition);
  const name = found?.[1];
  if (found === null || name === undefined) throw new Error('the metadata of a definition are more than a name');
  const after = found.index + found[0].length;
  return `${head}${definition.slice(0, found.index)}${metadata(name)}${definition.slice(after)}{{- end }}\n`;
}
