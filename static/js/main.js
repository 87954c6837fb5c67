// Improves pages that already work without a script. Each part looks for its
// own marks and does nothing where they are missing.
import { suggestions } from "./suggest.js";
import { guard, preview, keepPlace, focusErrors } from "./form.js";
import { disclosures, hits, searchKey } from "./keys.js";

searchKey();
disclosures();
hits();
suggestions();
guard();
preview();
keepPlace();
focusErrors();
