import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["parleyrun/single_page/*.js", "parleyrun/archive/report/*.js", "parleyrun/evaluate/view/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "script", globals: globals.browser },
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error" },
  },
  // A page's scripts stand one after the other in it, so each knows what those before it have.
  {
    files: ["parleyrun/archive/report/*.js", "parleyrun/evaluate/view/*.js"],
    languageOptions: { globals: { page: "readonly" } },
  },
  {
    files: ["parleyrun/evaluate/view/{exchange,view}.js"],
    languageOptions: { globals: { viewData: "readonly" } },
  },
  {
    files: ["parleyrun/evaluate/view/exchange.js"],
    languageOptions: { globals: { wordDifferences: "readonly" } },
  },
  {
    files: ["parleyrun/evaluate/view/view.js"],
    languageOptions: { globals: { exchangeOf: "readonly" } },
  },
  {
    files: ["parleyrun/web/static/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.browser },
    rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error" },
  },
];
