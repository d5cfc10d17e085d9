import { describe, expect, it } from 'vitest'
import { blocks, pieces } from '@/knowledge/markup'

const plain = (text: string) => [{ text, strong: false }]

describe('the marks of an article', () => {
  it('reads headings, lists and paragraphs', () => {
    expect(blocks('## 先问清\n- 甲\n- 乙\n\n一行\n二行\n1. 丙\n2、丁')).toEqual([
      { kind: 'heading', pieces: plain('先问清') },
      { kind: 'bullets', items: [plain('甲'), plain('乙')] },
      { kind: 'text', pieces: plain('一行\n二行') },
      { kind: 'numbers', items: [plain('丙'), plain('丁')] },
    ])
  })

  it('makes strong what stands between stars, and nothing else of anything', () => {
    expect(pieces('超过 **8 小时** 的')).toEqual([
      { text: '超过 ', strong: false },
      { text: '8 小时', strong: true },
      { text: ' 的', strong: false },
    ])
    expect(blocks('<b>x</b> [y](javascript:1) ** z')).toEqual([{ kind: 'text', pieces: plain('<b>x</b> [y](javascript:1) ** z') }])
    expect(blocks('')).toEqual([])
  })

  it('counts no year as the number of a list', () => {
    expect(blocks('2026.11 起')[0]?.kind).toBe('text')
  })
})
