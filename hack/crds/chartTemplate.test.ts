import { describe, expect, it } from 'vitest';
import { chartTemplate } from './chartTemplate.ts';

const definition =
  'kind: CustomResourceDefinition\nmetadata:\n  name: things.coppice.dev\nspec:\n  group: coppice.dev\n';

describe('a definition as a template of the chart', () => {
  it('is itself, under conditions and with more metadata', () => {
    const template = chartTemplate(definition);
    const without = template.replaceAll(/^ *\{\{.*\}\}\n/gm, '');
    expect(without).toBe(
      'kind: CustomResourceDefinition\nmetadata:\n  name: things.coppice.dev\n  labels:\n' +
        '  annotations:\n    helm.sh/resource-policy: keep\nspec:\n  group: coppice.dev\n',
    );
  });

  it.each([
    { why: 'Helm would read it', text: definition.replace('coppice.dev\n', '{{ x }}\n'), says: 'Helm would carry out' },
    {
      why: 'it has labels of its own',
      text: definition.replace('spec:', '  labels: {}\nspec:'),
      says: 'more than a name',
    },
  ])('is refused where $why', ({ text, says }) => {
    expect(() => chartTemplate(text)).toThrow(says);
  });
});
