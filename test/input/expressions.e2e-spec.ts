import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { MAX_PASSWORD_LENGTH } from '../../libs/identity/src/passwords/password-rules.js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import ts from 'typescript';
import { amount } from '../support/amount.js';
import { repository } from '../support/program.js';

/** Length of the header block, the longest text apart from bodies (docs/contract.md section 3). */
const LENGTH = 16 * 1024;
/** Linear work on {@link LENGTH} characters takes up to 5 ms, quadratic work 35 ms and more. Shorter work is never too slow. */
const NEGLIGIBLE_MS = 10;
/** Four times the length takes linear work 4 times as long and quadratic work 16 times, on machines of any speed. */
const GROWTH = 8;
const LIMITS = { negligibleMs: NEGLIGIBLE_MS, growth: GROWTH };
/** Interrupts exponential work. */
const GIVE_UP_MS = 1_000;

/** Expressions with quadratic work, and the maximum length of their input. */
const QUADRATIC: Readonly<Record<string, number>> = {
  '^[^\\p{L}]+|[^\\p{L}]+$': MAX_PASSWORD_LENGTH,
  '^(.+?)\\1+$': MAX_PASSWORD_LENGTH,
  // The secret of a second factor, as the directory accepts it.
  '=+$': 134,
};

interface Expression {
  readonly place: string;
  readonly source: string;
  readonly flags: string;
}

/** Every regular expression in the sources, literal or constructed. */
function expressionsInSources(): Expression[] {
  const files = globSync('{apps,libs}/**/*.ts', { cwd: repository });
  return files.filter((file) => !/\.(spec|contract|d)\.ts$/.test(file)).flatMap(expressionsIn);
}

function expressionsIn(file: string): Expression[] {
  const text = readFileSync(join(repository, file), 'utf8');
  const sourceFile = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push({ place: file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    } else if (
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      node.expression.getText() === 'RegExp'
    ) {
      const [source, flags] = node.arguments ?? [];
      found.push({ place: file, source: valueOf(source), flags: flags === undefined ? '' : valueOf(flags) });
    }
    ts.forEachChild(node, visit);
  };
  visit(sourceFile);
  return found;
}

/** The text of a constant expression. */
function valueOf(node: ts.Expression | undefined): string {
  if (node !== undefined && ts.isStringLiteralLike(node)) return node.text;
  if (node !== undefined && ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(({ expression, literal }) => constant(expression) + literal.text);
    return node.head.text + spans.join('');
  }
  throw new Error(
    `${node?.getSourceFile().fileName}: the text of the RegExp ${node?.getText()} is not constant`,
  );
}

function constant(identifier: ts.Expression): string {
  const file = identifier.getSourceFile();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const declaration = statement.declarationList.declarations.find(
      ({ name }) => name.getText() === identifier.getText(),
    );
    if (declaration !== undefined) return valueOf(declaration.initializer);
  }
  throw new Error(`${file.fileName}: ${identifier.getText()} is not a constant`);
}

interface HostileText {
  readonly head: string;
  readonly part: string;
  readonly tail: string;
}

/** Texts that begin like a match, repeat a part of it and then differ from it. */
function hostileTexts({ source, flags }: Expression): HostileText[] {
  // fast-check knows neither lookaheads, back references nor these classes; without them it finds similar
  // texts.
  const known = source
    .replace(/\(\?!.*?\)|\\p\{Cs\}/g, '')
    .replace(/\\\d/g, '.')
    .replace('\\u{10ffff}', '\\uffff');
  const matching = fc.stringMatching(new RegExp(known, flags.replace(/[gi]/g, '')), { size: 'xsmall' });
  const texts = new Map<string, HostileText>();
  for (const sample of fc.sample(matching, { seed: 1, numRuns: amount(6, 12) })) {
    const characters = [...sample].slice(0, 12);
    for (let from = 0; from < characters.length; from += 1) {
      for (let to = from + 1; to <= Math.min(from + 3, characters.length); to += 1) {
        const head = characters.slice(0, from).join('');
        const part = characters.slice(from, to).join('');
        for (const tail of ['', '\0', 'a', '!']) {
          texts.set(JSON.stringify([head, part, tail]), { head, part, tail });
        }
      }
    }
  }
  return [...texts.values()];
}

/** Finds the first text on which the work grows faster than linearly, best of three measurements each. */
const SCRIPT = `
  const expression = new RegExp(source, flags);
  const best = (text, length) => {
    const hostile = text.head + text.part.repeat(length / text.part.length) + text.tail;
    let least = Infinity;
    for (let attempt = 0; attempt < 3 && least >= negligibleMs / growth; attempt += 1) {
      const startedAt = now();
      hostile.replace(expression, '');
      least = Math.min(least, now() - startedAt);
    }
    return least;
  };
  texts.find((text) => {
    current = text;
    const whole = best(text, length);
    return whole >= negligibleMs && whole >= growth * best(text, length / 4);
  })`;

/** @returns the hostile text on which the expression takes too long */
function tooSlowOn({ source, flags }: Expression, texts: readonly HostileText[], length: number): unknown {
  const now = (): number => performance.now();
  const context = createContext({ source, flags, texts, length, now, ...LIMITS, current: null });
  try {
    return runInContext(SCRIPT, context, { timeout: GIVE_UP_MS });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return context['current'];
  }
}

const expressions = expressionsInSources();

describe('the regular expressions of the sources (VAL-05)', () => {
  it('are all found', () => {
    const constructed = expressions.filter(({ source }) => source.startsWith('^application/json('));
    expect(constructed).toHaveLength(1);
    expect(expressions.length).toBeGreaterThan(70);
  });

  it.each(expressions)('take linear time on hostile input: $source of $place', (expression) => {
    const texts = hostileTexts(expression);
    expect(texts.length).toBeGreaterThan(0);
    const longest = QUADRATIC[expression.source] ?? LENGTH;
    expect(tooSlowOn(expression, texts, longest)).toBeUndefined();
  });

  it.each(Object.keys(QUADRATIC))('the sources have the exception %s', (source) => {
    expect(expressions.map((expression) => expression.source)).toContain(source);
  });

  it.each(['^(a+)+$', '^/(?:[a-z]+\\.?)+$', '^(?:\\w|\\d)+$', '^a*a*a*$', '\\s+$'])(
    'with more than linear time would be found: %s',
    (source) => {
      const expression = { place: '', source, flags: '' };
      expect(tooSlowOn(expression, hostileTexts(expression), LENGTH)).toBeDefined();
    },
  );
});
