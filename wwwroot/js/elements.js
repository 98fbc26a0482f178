// The site's custom elements, loaded once by the layout: pages only write the tags.
import "./math-text.js";
import "./line-chart.js";
import "./annotate-deck.js";
import "./exam-deck.js";
import "./guidelines-change.js";
import "./review-deck.js";
import "./dispute-deck.js";
import "./page-keys.js";
