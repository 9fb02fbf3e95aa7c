import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** The green of water in shade. */
const river: MantineColorsTuple = [
  '#e7f6f5',
  '#d3e8e7',
  '#a8d0cf',
  '#79b7b5',
  '#53a29f',
  '#3a9592',
  '#2a8e8b',
  '#187a77',
  '#0a6d6a',
  '#005e5b',
];

/** Greys with a little blue, for both schemes. */
const gray: MantineColorsTuple = [
  '#f6f8fa',
  '#eef1f4',
  '#e2e6eb',
  '#d3d9e0',
  '#b6bfc9',
  '#8c97a3',
  '#66717d',
  '#4a545f',
  '#343c45',
  '#1f252c',
];
const dark: MantineColorsTuple = [
  '#d5dbe2',
  '#bcc4cd',
  '#9aa5b1',
  '#6f7a86',
  '#3b444e',
  '#2e363f',
  '#20262d',
  '#181d23',
  '#12161b',
  '#0d1014',
];

/** Type, spacing and colours of the console, in this one place. */
export const theme = createTheme({
  primaryColor: 'river',
  primaryShade: { light: 8, dark: 7 },
  colors: { river, gray, dark },
  black: '#1f252c',
  fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.3125rem', lineHeight: '1.3' },
      h2: { fontSize: '0.9375rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem' },
    },
  },
  spacing: { xs: '0.375rem', sm: '0.625rem', md: '1rem', lg: '1.5rem', xl: '2.25rem' },
  defaultRadius: 'sm',
  radius: { sm: '6px', md: '8px' },
  autoContrast: true,
  cursorType: 'pointer',
  components: {
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: 'sm', highlightOnHover: true, fz: 'sm' } },
    Paper: { defaultProps: { withBorder: true, p: 'md' } },
    Button: { defaultProps: { size: 'sm', fw: 500 } },
    TextInput: { defaultProps: { size: 'sm' } },
    Checkbox: { defaultProps: { size: 'sm', radius: 4 }, vars: () => ({ root: { '--checkbox-size': '1rem' } }) },
    Anchor: { defaultProps: { underline: 'hover' } },
    // Else a screen reader would count the head of a dialogue as that of the page.
    ModalHeader: { defaultProps: { role: 'none' } },
    Badge: { styles: { root: { textTransform: 'none' } } },
    // Its content is a Paper, whose padding would leave a gap above the head that stays in sight.
    ModalContent: { defaultProps: { p: 0 } },
    Modal: { styles: { title: { fontWeight: 600, fontSize: '1rem' } } },
  },
});
