import { parse } from 'yaml';
import type { Column, Definition, Json, ObjectSchema, Rule, Schema } from '../../operator/api/schema.ts';
import { DefinitionMistake, Fields } from './document.ts';

export interface NamedDefinition extends Definition {
  readonly kind: string;
}

/** Reads one CustomResourceDefinition. Throws `DefinitionMistake` at whatever it does not know. */
export function readDefinition(text: string): NamedDefinition {
  const document = new Fields(parse(text), '');
  document.is('apiVersion', 'apiextensions.k8s.io/v1');
  document.is('kind', 'CustomResourceDefinition');
  const metadata = document.mapping('metadata');
  const spec = document.mapping('spec');
  document.end();
  const names = spec.mapping('names');
  const kind = names.text('kind');
  names.is('listKind', `${kind}List`);
  const plural = names.text('plural');
  const singular = names.text('singular');
  const shortNames = names.texts('shortNames');
  const categories = names.texts('categories');
  names.end();
  spec.is('group', 'coppice.dev');
  spec.is('scope', 'Namespaced');
  metadata.is('name', `${plural}.coppice.dev`);
  metadata.end();
  const [only, ...more] = spec.list('versions');
  spec.end();
  if (more.length > 0) throw new DefinitionMistake('.spec.versions: must be one');
  return { kind, plural, singular, shortNames, categories, ...readVersion(new Fields(only, '.spec.versions[0]')) };
}

function readVersion(version: Fields): Pick<Definition, 'columns' | 'schema'> {
  version.is('name', 'v1alpha1');
  version.is('served', true);
  version.is('storage', true);
  const subresources = version.mapping('subresources');
  subresources.mapping('status').end();
  subresources.end();
  version.list('selectableFields'); // for an API server alone
  const columns = version
    .list('additionalPrinterColumns')
    .map((column, index) => readColumn(new Fields(column, `${version.at}.additionalPrinterColumns[${index}]`)));
  const holder = version.mapping('schema');
  const schema = readSchema(holder.mapping('openAPIV3Schema'));
  holder.end();
  version.end();
  if (schema.type !== 'object') throw new DefinitionMistake(`${holder.at}: must be of an object`);
  return { columns, schema: withoutMeta(schema) };
}

/** What every object has is admission's own matter. */
function withoutMeta({ properties = {}, ...schema }: ObjectSchema): ObjectSchema {
  const own = Object.entries(properties).filter(([name]) => !['apiVersion', 'kind', 'metadata'].includes(name));
  return { ...schema, properties: Object.fromEntries(own) };
}

function readColumn(column: Fields): Column {
  column.optionalText('description');
  const read = {
    name: column.text('name'),
    type: column.oneOf('type', ['string', 'integer', 'date']),
    jsonPath: column.text('jsonPath'),
    isWide: (column.optionalNumber('priority') ?? 0) > 0,
  };
  column.end();
  return read;
}

function readSchema(fields: Fields): Schema {
  const type = fields.oneOf('type', ['object', 'array', 'string', 'integer', 'number', 'boolean']);
  const rules = fields.list('x-kubernetes-validations').map((rule, index) => {
    return readRule(new Fields(rule, `${fields.at}.x-kubernetes-validations[${index}]`));
  });
  const any = given({
    description: fields.optionalText('description'),
    default: fields.take('default') as Json | undefined,
    ...(rules.length > 0 && { rules }),
  });
  const schema = { ...any, ...readOfType(type, fields) };
  fields.end();
  return schema;
}

function readOfType(type: Schema['type'], fields: Fields): Schema {
  const number = (name: string): number | undefined => fields.optionalNumber(name);
  switch (type) {
    case 'object':
      return {
        type,
        ...readFields(fields),
        ...given({ minProperties: number('minProperties'), maxProperties: number('maxProperties') }),
      };
    case 'array':
      return {
        type,
        ...readListType(fields),
        ...given({ minItems: number('minItems'), maxItems: number('maxItems') }),
        items: readSchema(fields.mapping('items')),
      };
    case 'string':
      return {
        type,
        ...readWords(fields),
        ...given({
          minLength: number('minLength'),
          maxLength: number('maxLength'),
          pattern: fields.optionalText('pattern'),
        }),
      };
    case 'integer':
    case 'number':
      return { type, ...given({ minimum: number('minimum'), maximum: number('maximum') }) };
    case 'boolean': {
      const values = fields.list('enum').map((value) => value === true);
      return { type, ...(values.length > 0 && { enum: values }) };
    }
  }
}

function readFields(fields: Fields): Pick<ObjectSchema, 'properties' | 'additionalProperties' | 'required'> {
  const required = fields.texts('required');
  const values = fields.take('additionalProperties');
  if (values !== undefined) {
    return { additionalProperties: readSchema(new Fields(values, `${fields.at}.additionalProperties`)) };
  }
  const of = fields.take('properties');
  if (of === undefined) return {};
  const properties = new Fields(of, `${fields.at}.properties`);
  const read = properties.names().map((name) => [name, readSchema(properties.mapping(name))] as const);
  return { properties: Object.fromEntries(read), ...(required.length > 0 && { required }) };
}

function readListType(fields: Fields): { listType?: 'set' | 'map'; listMapKeys?: readonly string[] } {
  const listMapKeys = fields.texts('x-kubernetes-list-map-keys');
  const listType = fields.take('x-kubernetes-list-type');
  if (listType === undefined) return {};
  if (listType === 'set') return { listType };
  if (listType === 'map') return { listType, listMapKeys };
  throw new DefinitionMistake(`${fields.at}.x-kubernetes-list-type: must be set or map`);
}

function readWords(fields: Fields): { enum?: readonly string[]; format?: 'date-time' } {
  const words = fields.texts('enum');
  const format = fields.take('format');
  if (format !== undefined && format !== 'date-time') throw new DefinitionMistake(`${fields.at}.format: is not known`);
  return { ...(words.length > 0 && { enum: words }), ...(format !== undefined && { format }) };
}

function readRule(fields: Fields): Rule {
  const rule = fields.text('rule');
  const message = fields.text('message');
  const reason = fields.take('reason');
  const fieldPath = fields.optionalText('fieldPath');
  fields.end();
  if (reason !== undefined && reason !== 'FieldValueRequired') {
    throw new DefinitionMistake(`${fields.at}.reason: is not known`);
  }
  return { rule, message, ...(reason !== undefined && { reason }), ...(fieldPath !== undefined && { fieldPath }) };
}

/** Without what is undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
