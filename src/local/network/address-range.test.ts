// Ranges as users write them, and addresses handed out one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressPool, formatAddress, overlaps, parseRange } from './address-range.ts';

test('a range knows its first and last address, whatever host bits it was written with', () => {
  const { first, last } = parseRange('10.244.7.9/16');
  assert.deepEqual([formatAddress(first), formatAddress(last)], ['10.244.0.0', '10.244.255.255']);
});

test('what is no range is refused with an example', () => {
  for (const text of ['10.244.0.0/33', '10.244.0/16', '300.1.1.1/8', 'fd00::/8', '']) {
    assert.throws(() => parseRange(text), /write one like 10\.244\.0\.0\/16/, text);
  }
});

test('ranges overlap when one holds the other, in both directions', () => {
  const [wide, inside, beside] = [parseRange('10.0.0.0/8'), parseRange('10.96.0.0/16'), parseRange('11.0.0.0/8')];
  assert.ok(overlaps(wide, inside) && overlaps(inside, wide));
  assert.ok(!overlaps(wide, beside));
});

test('a freed address comes again only when all others had their turn', () => {
  const pool = new AddressPool(parseRange('10.0.0.0/29'));
  const first = pool.take();
  pool.release(first);
  const later = Array.from({ length: 5 }, () => pool.take());
  assert.ok(!later.includes(first));
  assert.equal(pool.take(), first);
  assert.throws(() => pool.take(), /--pod-cidr/);
});
