/**
 * Words that tell a reader over the shoulder what someone is treated for: conditions, departments and procedures that are common,
 * or that people keep to themselves. Not all there are: names of the clinic's own and the patient's are looked for as well.
 */
export const conditionWords: readonly string[] = [
  ...words(`糖尿病 高血壓 高血脂 癌 腫瘤 化療 放療 愛滋 梅毒 淋病 性病 菜花 疱疹 肝炎 憂鬱 躁鬱 焦慮症 失眠 精神科 身心科 思覺失調
    失智 帕金森 癲癇 中風 心臟 氣喘 腎臟 洗腎 透析 痛風 不孕 試管嬰兒 人工受孕 懷孕 產檢 流產 避孕 婦科 婦產 泌尿 攝護腺 陽痿
    痔瘡 大腸鏡 胃鏡 乳房 子宮 抹片 戒菸 戒酒 酗酒 成癮 肥胖 植牙 牙周病 白內障 青光眼`),
  ...words(`高血压 肿瘤 化疗 放疗 艾滋 抑郁 躁郁 焦虑症 心理科 精神分裂 痴呆 癫痫 脑卒中 心脏 哮喘 肾病 试管婴儿 怀孕 产检 流产 妇科
    妇产 前列腺 阳痿 痔疮 肠镜 胃镜 乳腺 宫颈 戒烟 成瘾 种植牙 白内障`),
  ...words(`diabetes diabetic hypertension cholesterol cancer tumour tumor oncology chemotherapy radiotherapy HIV syphilis
    gonorrhoea gonorrhea herpes hepatitis depression bipolar anxiety insomnia psychiatry psychiatric schizophrenia dementia
    alzheimer parkinson epilepsy stroke cardiac cardiology asthma kidney dialysis gout infertility IVF pregnancy pregnant prenatal
    miscarriage contraception gynaecology gynecology urology prostate erectile haemorrhoids hemorrhoids colonoscopy endoscopy
    mammogram addiction alcoholism obesity periodontitis cataract glaucoma`),
  'blood pressure',
  'pap smear',
  'dental implant',
];

function words(list: string): string[] {
  return list.split(/\s+/);
}
