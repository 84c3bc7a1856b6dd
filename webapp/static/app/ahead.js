// What the first page needs besides modules, asked for while those are still on their way: words in the person's language, and the drawing on the card.

import { loadTexts } from "../shared/texts.js";
import { readSettings } from "./settings.js";

loadTexts("app", readSettings().language).catch(() => null); // whoever needs them asks again, and says what is wrong
new Image().src = new URL("face.svg", import.meta.url).href;
