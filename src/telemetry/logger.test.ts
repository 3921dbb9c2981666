// The log: columns, levels, scopes, and lines that nobody can forge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, type LoggerOptions, parseLogLevel } from './logger.ts';

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const now = () => new Date('2026-01-02T03:04:05.678Z');
  const log = createLogger({ scope: 'agent', now, write: (line) => lines.push(line), ...options });
  return { log, lines };
}

test('a text line has time, level, scope, message and fields', () => {
  const { log, lines } = capture();
  log.info('started', { port: 15021, path: '/a b', list: ['x'] });
  assert.deepEqual(lines, ['2026-01-02T03:04:05.678Z\tinfo\tagent\tstarted port=15021 path="/a b" list=["x"]']);
});

test('a JSON line is one object', () => {
  const { log, lines } = capture({ format: 'json' });
  log.child('dns').warn('slow', { ms: 12 });
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    time: '2026-01-02T03:04:05.678Z',
    level: 'warn',
    scope: 'agent.dns',
    message: 'slow',
    ms: 12,
  });
});

test('what is below the level is not written', () => {
  const { log, lines } = capture({ level: 'warn' });
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.equal(lines.length, 2);
});

test('line breaks from outside do not make a new line', () => {
  const { log, lines } = capture();
  log.info('query for a\n2026-01-01\terror\tfake', { name: 'x\ny' });
  assert.equal(lines.join('').split('\n').length, 1);
});

test('levels may be written as Envoy has them', () => {
  assert.equal(parseLogLevel('warning'), 'warn');
  assert.equal(parseLogLevel('Critical'), 'error');
  assert.equal(parseLogLevel('off'), 'off');
  assert.equal(parseLogLevel('loud'), undefined);
});
