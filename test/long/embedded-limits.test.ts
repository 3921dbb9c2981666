// What the embedded sidecar may cost, at full size: see the test of the same name under test/e2e.
import { checkLimits } from '../kit/limits-checks.ts';

checkLimits({ bulkBytes: 2 * 2 ** 30, idleConnections: 10_000, slowConnections: 2000, slowRounds: 5, starts: 9 });
