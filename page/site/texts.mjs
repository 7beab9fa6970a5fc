// What the page says before its script has come, and to those who never run it: search engines and link previews. One
// text per language, at an address of its own.

/** Where each language is, and the file that is served there. */
export const PATHS = { en: "/", zh: "/zh" };
export const FILES = { en: "index.html", zh: "zh.html" };

/** As HTML and hreflang name them. */
export const NAMES = { en: "en", zh: "zh-Hans" };

export const TEXTS = {
  en: {
    title: "AI clothes changer: try on any outfit",
    description: "Upload a photo and a garment. AI shows you wearing it, usually in under a minute.",
    heading: "Try on any outfit",
    preview: "A person, and a shirt to try on",
    noscript: "This page needs JavaScript: it checks your photo before anything is uploaded.",
    how: "How it works",
    steps: [
      ["Add your photo", "One person, facing the camera, from head to hips or more. Nothing is uploaded yet."],
      ["Add a garment", "A flat lay, a photo of somebody wearing it, or a description in your own words."],
      ["See it on you", "AI makes the picture, usually in under a minute. If it fails, your credits come back."],
    ],
    questions: "Questions",
    answers: [
      [
        "What does it cost?",
        "Each picture has a price in credits, which is shown on the button before you press it. You're only charged if it works.",
      ],
      [
        "What happens to my photo?",
        "It stays in your browser until you press the button. Then it's uploaded without its location data, used for your picture only, and deleted automatically. The page says when.",
      ],
      ["Who can see my pictures?", "Only you. You can delete any picture, or everything, at any time."],
      [
        "Which photos work best?",
        "A sharp photo of one person with the clothes in plain view, and the whole garment, laid flat or worn.",
      ],
      [
        "Is that how it really looks?",
        "No. The picture is made by AI, so colours, fit and details can differ from the real thing.",
      ],
      ["May I use photos of others?", "Only of people 16 or older who have agreed."],
    ],
    absent: "We can't find that page",
    absentWhy: "The address may be mistyped, or the page has moved.",
    back: "Try on an outfit",
  },
  zh: {
    title: "AI 换装：一键试穿任意服装",
    description: "上传一张人物照片和一张服装图片，通常不到一分钟就能看到上身效果。",
    heading: "AI 换装，上身效果一看就知道。",
    preview: "一位人物和一件待试穿的衬衫",
    noscript: "此页面需要 JavaScript：照片会先在您的浏览器中检查，再上传。",
    how: "使用方法",
    steps: [
      ["添加人物照片", "单人、正对镜头，至少从头部到胯部。此时不会上传任何内容。"],
      ["添加服装图片", "平铺图、上身图均可，也可以直接用文字描述。"],
      ["查看上身效果", "AI 生成图片，通常不到一分钟。生成失败时积分会退回。"],
    ],
    questions: "常见问题",
    answers: [
      ["怎么收费？", "每张图片按积分计价，点击前按钮上会显示价格。生成成功才扣积分。"],
      [
        "我的照片会怎样处理？",
        "点击按钮前，照片只保存在您的浏览器中。之后会去除位置信息再上传，仅用于本次生成，并会自动删除，具体时间见页面说明。",
      ],
      ["谁能看到我的图片？", "只有您自己。您可以随时删除单张图片或全部内容。"],
      ["什么样的照片效果最好？", "清晰的单人照片，服装无遮挡；服装图片请展示完整的衣服，平铺或上身均可。"],
      ["真实效果和图片一样吗？", "不一定。图片由 AI 生成，颜色、版型和细节可能与实物有差异。"],
      ["可以使用他人的照片吗？", "仅限已满 16 岁且本人同意的照片。"],
    ],
    absent: "找不到该页面",
    absentWhy: "网址可能有误，或页面已移动。",
    back: "去试穿",
  },
};
