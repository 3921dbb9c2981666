// What the embedded sidecar may cost: memory for bulk, for idle connections and beside Envoy, time to start, and others' latency
// under attack. At a size that takes less than a minute; test/long has the full one.
import { checkLimits } from '../kit/limits-checks.ts';

checkLimits({ bulkBytes: 256 << 20, idleConnections: 2000, slowConnections: 2000, slowRounds: 2, starts: 3 });
