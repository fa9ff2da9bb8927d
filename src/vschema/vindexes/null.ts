/** null: every value goes to the id 0x00, so all rows to the first shard. */
import { singleColumn, type VindexType } from "../vindex.ts";

const zero = Buffer.from([0]);

/** It has no `hash`: a part of a multicol id that says nothing would waste its bytes. */
export const nullVindex: VindexType = {
  params: [],
  make: (name) => {
    const { hash: _, ...vindex } = singleColumn(name, 100, () => zero);
    return vindex;
  },
};
