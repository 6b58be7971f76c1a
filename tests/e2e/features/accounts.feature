Feature: An account's life

  Scenario: Disconnecting revokes the consent on TikTok
    Given I have a connected TikTok account
    When I disconnect it
    Then I see "No TikTok account yet"
    And its row should stay without tokens
    And the last thing TikTok was asked is "revoke"

  Scenario: The user removes the app in TikTok, and a webhook reports it
    Given I have a connected TikTok account
    And TikTok sends its webhooks to the dashboard
    When the user removes the app in TikTok
    Then TikTok has delivered "authorization.removed"
    And the account is inactive and can be connected again

  Scenario: The user removes the app in TikTok, without a webhook
    Given I have a connected TikTok account
    When the user removes the app in TikTok
    And I open the videos page
    Then I see the error "connect" with a link to the accounts
    And the account is inactive and can be connected again

  Scenario: Metrics need an active account and a membership
    Given I have a connected TikTok account
    Then asking for metrics without an account answers 400
    And asking for metrics of an unknown account answers 404
    And asking for metrics of my account answers 200
    When the account moves to a workspace that I am not in
    Then asking for metrics of my account answers 403
    When the account moves back, and its connection has ended
    Then asking for metrics of my account answers 404

  # An account that posts in no other scenario: its window is full for a minute.
  Scenario: A request window is nearly used up
    Given I have connected "finn.private"
    And the post form was opened 18 times in this minute
    When I open the post page
    And I look at the quota
    Then "Creator lookups" shows 1 of 20 left, nearly used up
