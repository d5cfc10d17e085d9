// What is wrong in the console's sources, beyond their types.
import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'
import parser from 'vue-eslint-parser'

export default ts.config(
  { ignores: ['node_modules', 'src/api/types.ts', 'public'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parser, parserOptions: { parser: ts.parser, extraFileExtensions: ['.vue'] } },
  },
  {
    rules: {
      // vue-tsc knows every name.
      'no-undef': 'off',
      // How it is laid out is of one hand already.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/attributes-order': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      // Types say what may be left out.
      'vue/require-default-prop': 'off',
      'vue/multi-word-component-names': ['error', { ignores: ['Icon'] }],
    },
  },
)
