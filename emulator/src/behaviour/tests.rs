use super::*;

#[test]
fn a_plain_prompt_is_good_behaviour() {
    assert_eq!(Behaviour::of("a red coat, issue #7"), Behaviour::default());
}

#[test]
fn every_hashtag_does_something_and_is_documented() {
    for hashtag in HASHTAGS {
        assert_ne!(
            Behaviour::of(&format!("a coat #{hashtag}.")),
            Behaviour::default(),
            "#{hashtag}"
        );
        let cell = format!("| `#{hashtag}` |");
        for page in [include_str!("../lib.rs"), include_str!("../../README.md")] {
            assert!(page.contains(&cell), "{cell} is missing from a table");
        }
    }
}

#[test]
fn a_file_may_have_hashtags_after_its_end() {
    let png = |text: &str| [b"#402 IEND\xae\x42\x60\x82", text.as_bytes()].concat();
    assert_eq!(appended(&png("")), "");
    assert_eq!(appended(&png("#slow #fail\n")), "#slow #fail\n");
    let too_far = format!("#fail{}", " ".repeat(TAIL));
    assert_eq!(
        Behaviour::of(&appended(&png(&too_far))),
        Behaviour::default()
    );
    assert_eq!(appended(b""), "");
}

#[test]
fn a_provider_can_be_down_alone() {
    let behaviour = Behaviour::of("#downFal #downkie");
    assert_eq!(behaviour.down, ["fal", "kie"].map(str::to_owned).into());
    assert_eq!(behaviour.answer, Answer::AtOnce);
}

#[test]
fn hashtags_combine_in_any_case() {
    let behaviour = Behaviour::of("#Slow coat#DUP, #chunked #forged");
    assert_eq!(behaviour.pace, Pace::Slow);
    assert_eq!(behaviour.result, Some(ResultFault::Chunked));
    assert_eq!(
        behaviour.callbacks,
        BTreeSet::from([CallbackFault::Thrice, CallbackFault::Forged])
    );
    assert_eq!(behaviour.answer, Answer::AtOnce);
}

#[test]
fn the_later_of_a_group_wins() {
    assert_eq!(Behaviour::of("#slow #late").pace, Pace::Late);
    assert_eq!(Behaviour::of("#fail #refused").end, End::Refused);
}

#[test]
fn hang_loses_the_callback_and_hangback_does_not() {
    assert!(Behaviour::of("#hang").has(CallbackFault::Lost));
    assert!(!Behaviour::of("#hangback").has(CallbackFault::Lost));
    assert_eq!(Behaviour::of("#hang").answer, Answer::Never);
    assert_eq!(Behaviour::of("#hangback").answer, Answer::Never);
}
