import { Environment, EvaluationError, type ParseResult, TypeError as WrongType } from '@marcbachmann/cel-js';
import { parseInstant } from '../../core/resources/instant.ts';
import { entriesOf, fieldOf, isList, isMapping, isSame } from './document.ts';
import type { Path } from './path.ts';
import { type FieldError, fieldError, mostRefusals } from './refusal.ts';
import type { Json, Rule, Schema } from './schema.ts';
import { fieldSchema } from './unknownFields.ts';
import { oldItem } from './violations.ts';

/*
 * The rules of `x-kubernetes-validations`. They are ours, so their cost is bounded by the bounds of `crds/`; that those hold must have been found out
 * before (`violations`).
 */

const environment = new Environment().registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn');
const programs = new Map<string, ParseResult>();

/** Compiled once. Throws where a rule is no CEL: one of `crds/` that nobody tried. */
function programOf({ rule }: Rule): ParseResult {
  const known = programs.get(rule);
  if (known !== undefined) return known;
  const program = environment.parse(rule);
  const { valid, type, error } = program.check();
  if (!valid || (type !== 'bool' && type !== 'dyn')) throw new Error(`${rule}: is no rule`, { cause: error });
  programs.set(rule, program);
  return program;
}

/** A rule about a change: it is asked only where there was something before. */
function isOfChange({ rule }: Rule): boolean {
  return /\boldSelf\b/.test(rule);
}

/** What breaks a rule. `old`: what stood there before; absent: nothing. */
export function brokenRules(schema: Schema, value: Json, old?: Json): readonly FieldError[] {
  const found: FieldError[] = [];
  ask(schema, value, old, []);
  return found.slice(0, mostRefusals);

  function ask(schema: Schema, value: Json, old: Json | undefined, path: Path): void {
    for (const rule of schema.rules ?? []) {
      const broken = brokenBy(rule, schema, value, old, path);
      if (broken !== undefined) found.push(broken);
    }
    if (schema.type === 'array' && isList(value)) {
      value.forEach((item, at) => {
        ask(schema.items, item, oldItem(schema, item, old), [...path, at]);
      });
    } else if (schema.type === 'object' && isMapping(value)) {
      for (const [name, inner] of entriesOf(value)) {
        const its = fieldSchema(schema, name);
        if (its !== undefined) ask(its, inner, isMapping(old) ? fieldOf(old, name) : undefined, [...path, name]);
      }
    }
  }
}

function brokenBy(rule: Rule, schema: Schema, value: Json, old: Json | undefined, path: Path): FieldError | undefined {
  if (isOfChange(rule) ? old === undefined : old !== undefined && isSame(value, old)) return undefined;
  const program = programOf(rule);
  let holds: unknown;
  try {
    holds = program({ self: celValue(schema, value), oldSelf: old === undefined ? null : celValue(schema, old) });
  } catch (error) {
    // A rule that cannot be answered refuses, in an API server as well.
    if (!(error instanceof EvaluationError || error instanceof WrongType || error instanceof NoMoment)) throw error;
    return fieldError.invalid(path, `${wordsOf(error)} evaluating rule: ${rule.message}`, schema.type);
  }
  if (holds === true) return undefined;
  const at = [...path, ...(rule.fieldPath ?? '').split('.').filter((step) => step !== '')];
  if (rule.reason === 'FieldValueRequired') return fieldError.required(at, rule.message);
  return fieldError.invalid(at, rule.message, schema.type === 'object' || schema.type === 'array' ? undefined : value);
}

function wordsOf(error: EvaluationError | WrongType | NoMoment): string {
  if (error instanceof NoMoment) return error.message;
  const { summary } = error;
  const isDuration = summary.startsWith('Invalid duration string');
  return isDuration ? "type conversion error from 'string' to 'google.protobuf.Duration'" : summary;
}

/** As CEL knows it by its schema: whole numbers as such, moments as moments. */
function celValue(schema: Schema, value: Json): unknown {
  if (schema.type === 'integer' && typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (schema.type === 'string' && schema.format !== undefined && typeof value === 'string') return moment(value);
  if (schema.type === 'array' && isList(value)) return value.map((item) => celValue(schema.items, item));
  if (schema.type !== 'object' || !isMapping(value)) return value;
  return Object.fromEntries(
    entriesOf(value).map(([name, inner]) => {
      const its = fieldSchema(schema, name);
      return [name, its === undefined ? inner : celValue(its, inner)];
    }),
  );
}

/** The schema lets some pass that no clock ever shows, such as an offset of 99 hours. */
class NoMoment extends Error {
  override readonly name = 'NoMoment';
}

function moment(text: string): Date {
  const at = parseInstant(text);
  if (at === undefined) throw new NoMoment(`Invalid date-time formatted string ${text}`);
  return new Date(at);
}
